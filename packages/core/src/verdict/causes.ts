/** No more errors than this are looked at, however long or wide a chain is. */
const LIMIT = 32;

/**
 * Reads a property of anything: `undefined` where there is none, and where reading throws, as hostile getters and
 * proxies do.
 *
 * @example
 * ```ts
 * import { peek } from '@resilient/core';
 *
 * const status: unknown = peek({ status: 503 }, 'status'); // 503
 * ```
 */
export function peek(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/**
 * The members of an `AggregateError`, or of anything that has an array `errors`: at most 32, an empty list for all
 * else. Never throws.
 * @example
 * ```ts
 * import { membersOf } from '@resilient/core';
 *
 * console.log(membersOf(new AggregateError([new Error('a'), new Error('b')])).length); // 2
 * ```
 */
export function membersOf(error: unknown): unknown[] {
  const members = peek(error, 'errors');
  try {
    return Array.isArray(members) ? Array.prototype.slice.call(members, 0, LIMIT) : [];
  } catch {
    return []; // an array behind a proxy
  }
}

/**
 * An error and what lies behind it: members of an `AggregateError` and `cause` chains, nearest first, each object once,
 * 32 at most. Never throws, whatever it is given.
 *
 * @example
 * ```ts
 * import { causesOf } from '@resilient/core';
 *
 * const wrapped = new Error('not saved', { cause: new RangeError('too long') });
 * const isTooLong = causesOf(wrapped).some((error) => error instanceof RangeError); // true
 * ```
 */
export function causesOf(error: unknown): object[] {
  const found = new Set<object>();
  const queue: unknown[] = [error];
  for (let next = 0; next < queue.length && found.size < LIMIT; next += 1) {
    const one = queue[next];
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null || found.has(one)) continue;
    found.add(one);
    queue.push(...membersOf(one), peek(one, 'cause'));
  }
  return [...found];
}
