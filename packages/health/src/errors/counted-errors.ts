import { types } from 'node:util';
import { membersOf, peek } from '@resilient/core';

/** Errors behind an error that are looked at: enough for every real chain, and an end for a hostile one. */
const MAX_CHAIN = 64;

/** The error with everything in its `cause` chain and `errors`, cycles and getters that throw allowed. */
function chainOf(error: object): Set<object> {
  const chain = new Set<object>([error]);
  for (const member of chain) {
    for (const next of [peek(member, 'cause'), ...membersOf(member)]) {
      if (chain.size >= MAX_CHAIN) return chain;
      if (typeof next === 'object' && next !== null) chain.add(next);
    }
  }
  return chain;
}

/** Whether it is an error, and not settings or a request that many errors name as their cause. */
const isError = (value: object): boolean =>
  types.isNativeError(value) || typeof peek(value, 'stack') === 'string';

/** Remembers which error objects were counted, so that one that passes two layers, or is wrapped, counts once. */
export class CountedErrors {
  readonly #seen = new WeakSet<object>();

  /** Answers `true` for what must be counted, and remembers it; what is no object is always counted. */
  admit(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return true;
    let known = false;
    for (const member of chainOf(error)) {
      known ||= this.#seen.has(member);
      if (member === error || isError(member)) this.#seen.add(member);
    }
    return !known;
  }
}
