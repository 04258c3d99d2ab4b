import { types } from 'node:util';
import { membersOf, peek } from '@resilient/core';

/** Errors behind an error that are looked at: enough for every real chain, and an end for a hostile one. */
const MAX_CHAIN = 64;

/** The error with everything in its `cause` chain and `errors`, cycles and getters that throw allowed. */
export function chainOf(error: object): Set<object> {
  const chain = new Set<object>([error]);
  for (const member of chain) {
    for (const next of [peek(member, 'cause'), ...membersOf(member)]) {
      if (chain.size >= MAX_CHAIN) return chain;
      if (typeof next === 'object' && next !== null) chain.add(next);
    }
  }
  return chain;
}

/** Whether nothing lies behind it. Read by name, not through `peek`: this is asked of every error. */
function isAlone(error: { readonly cause?: unknown; readonly errors?: unknown }): boolean {
  try {
    return error.cause === undefined && error.errors === undefined;
  } catch {
    return false;
  }
}

/** Whether it is an error, and not settings or a request that many errors name as their cause. */
const isError = (value: object): boolean =>
  types.isNativeError(value) || typeof peek(value, 'stack') === 'string';

/** Answers the object it is given, so that what extends it puts its private fields on that one. */
class Given {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what makes the private field go to another object
    return given;
  }
}

/** Puts a mark on objects that nobody can see, not even a proxy, and that freezing does not refuse. */
interface Mark {
  has(object: object): boolean;
  set(object: object): void;
}

/** A private field: 40 ns, where a WeakSet of all errors takes 700 and the garbage collector's time. */
function newMark(): Mark {
  class Marked extends Given {
    readonly #mark = true;
    static has(object: object): boolean {
      return #mark in object;
    }
  }
  const refused = new WeakSet<object>();
  return {
    has: (object) => Marked.has(object) || refused.has(object),
    set(object) {
      try {
        new Marked(object);
      } catch {
        refused.add(object); // a later ECMAScript may refuse it for frozen objects
      }
    },
  };
}

/** Remembers which error objects were counted, so that one that passes two layers, or is wrapped, counts once. */
export class CountedErrors {
  readonly #seen = newMark();

  /** Answers `true` for what must be counted, and remembers it; what is no object is always counted. */
  admit(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return true;
    if (isAlone(error)) {
      if (this.#seen.has(error)) return false;
      this.#seen.set(error);
      return true;
    }
    let known = false;
    for (const member of chainOf(error)) {
      known ||= this.#seen.has(member);
      if (!this.#seen.has(member) && (member === error || isError(member))) this.#seen.set(member);
    }
    return !known;
  }
}
