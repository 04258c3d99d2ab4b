import type { StandardSchemaV1 } from '../shape/standard-schema.ts';

/** A check of one value as a Standard Schema: it accepts or refuses, and never changes what it is given. */
export type Field<T> = StandardSchemaV1<T, T>;

/** Makes a Standard Schema of a check; `expected` says what the check wants. */
export function makeField<T>(isRight: (value: unknown) => boolean, expected: string): Field<T> {
  const issues = [{ message: `expected ${expected}` }];
  return {
    '~standard': {
      version: 1,
      vendor: '@resilient/session',
      validate: (value) => (isRight(value) ? { value: value as T } : { issues }),
    },
  };
}
