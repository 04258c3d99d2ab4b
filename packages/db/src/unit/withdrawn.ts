import type { SharedTransaction } from '../engine/engine.ts';

/** Thrown inside the package by a unit that is to be run again alone, for a reason that is not its own. */
export const WITHDRAWN: unique symbol = Symbol('withdrawn');

/** What later statements of a run that was given up are told. */
export const SET_ASIDE =
  'the unit of work was set aside so that others could be committed, and is run again: this run has ended';

/** The result of `work`, unless the unit is withdrawn first: then it rejects with {@link WITHDRAWN}. */
export function unlessWithdrawn<T>(
  result: T | PromiseLike<T>,
  shared: SharedTransaction | undefined,
): T | PromiseLike<T> {
  const watch = shared?.onWithdrawn;
  if (!watch || !isThenable(result)) return result;
  return new Promise((resolve, reject) => {
    watch(() => reject(WITHDRAWN));
    result.then(resolve, reject);
  });
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
