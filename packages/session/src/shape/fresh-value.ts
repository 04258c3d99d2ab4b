import { refuse } from '@resilient/core';
import type { CompiledKey } from './compiled-shape.ts';
import { isRight } from './is-right.ts';
import { sameValue } from './same-value.ts';
import { lostInJson } from './survives-json.ts';

type Checked = Pick<CompiledKey, 'standard' | 'kind'>;

/** Copies what JSON keeps as it is; `structuredClone` takes ten times as long. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyOf(item)]));
}

/** Calls a function of the user's for one more value; what it throws, and a value that is wrong, is no value. */
function askMaker(make: () => unknown, key: Checked, first: unknown): unknown {
  try {
    const value = make();
    if (lostInJson(value) !== undefined) return undefined;
    // Cloned as well: a function may answer the same array each time, and two users must never share one.
    const copy = copyOf(value);
    return sameValue(copy, first) || isRight(key, copy) ? copy : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A maker of fresh values, after one of them has been found to survive JSON and to pass the key's own schema.
 *
 * @throws TypeError if it does not
 */
export function freshValue(at: string, key: Checked, given: unknown): () => unknown {
  const make = typeof given === 'function' ? (given as () => unknown) : undefined;
  const answer = make === undefined ? given : make();
  const lost = answer === undefined ? 'undefined' : lostInJson(answer);
  if (lost !== undefined) {
    throw new TypeError(
      `expected \`${at}\` to come back from JSON as it is, got ${lost}` +
        (lost.startsWith('a Date') ? ': keep a date as its ISO text, with `field.date()` as its schema' : ''),
    );
  }
  const first = copyOf(answer);
  if (!isRight(key, first) || !isRight(key, JSON.parse(JSON.stringify(first)))) {
    throw refuse(at, 'a value that its own schema accepts and does not change', first);
  }
  return make === undefined ? () => copyOf(first) : () => askMaker(make, key, first);
}
