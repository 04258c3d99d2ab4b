/** Thrown inside the package by a unit that is to be run again alone, for a reason that is not its own. */
export const WITHDRAWN: unique symbol = Symbol('withdrawn');

/** What later statements of a run that was given up are told. */
export const SET_ASIDE =
  'the unit of work was set aside so that others could be committed, and is run again: this run has ended';
