import { refuse } from '@resilient/core';

/** A RangeError in the one form of refusals. */
export const outOfRange = (name: string, what: string, value: unknown): RangeError =>
  new RangeError(refuse(name, what, value).message);

/** Answers `value` if it is a string that is not empty; throws TypeError otherwise. */
export const checkText = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '') throw refuse(name, 'a non-empty string', value);
  return value;
};
