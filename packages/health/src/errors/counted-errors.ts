import { readProperty } from './read-error.ts';

/** Errors behind an error that are looked at: enough for every real chain, and an end for a hostile one. */
const MAX_CHAIN = 64;

/** The error with everything in its `cause` chain and `errors`, cycles and getters that throw allowed. */
function chainOf(error: object): Set<object> {
  const chain = new Set<object>([error]);
  for (const member of chain) {
    const errors = readProperty(member, 'errors');
    for (const next of [readProperty(member, 'cause'), ...membersOf(errors)]) {
      if (chain.size >= MAX_CHAIN) return chain;
      if (typeof next === 'object' && next !== null) chain.add(next);
    }
  }
  return chain;
}

function membersOf(errors: unknown): unknown[] {
  try {
    return Array.isArray(errors) ? errors.slice(0, MAX_CHAIN) : [];
  } catch {
    return [];
  }
}

/** Remembers which error objects were counted, so that one that passes two layers, or is wrapped, counts once. */
export class CountedErrors {
  readonly #seen = new WeakSet<object>();

  /** Answers `true` for what must be counted, and remembers it; what is no object is always counted. */
  admit(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return true;
    const chain = chainOf(error);
    let known = false;
    for (const member of chain) {
      known ||= this.#seen.has(member);
      this.#seen.add(member);
    }
    return !known;
  }
}
