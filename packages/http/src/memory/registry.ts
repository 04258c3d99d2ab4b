import { bounds } from '../defaults.ts';
import { Memory } from './memory.ts';
import { differenceOf, type MemoryOptions, type MemoryParts, memorySettings } from './settings.ts';

/** One map for all installed copies of this package; a change of what memories can do needs a new key. */
const KEY = Symbol.for('@resilient/http/memory/1');

const holder = globalThis as { [KEY]?: Map<string, Memory> };

function memories(): Map<string, Memory> {
  holder[KEY] ??= new Map();
  return holder[KEY];
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (part === Number.POSITIVE_INFINITY ? 'Infinity' : part));

/**
 * Drops the memory that was used least recently among those that are idle and closed; if none is, they stay. The map is
 * in the order of use as far as was looked: who was used since goes to its end, which costs less than to sort all.
 */
function dropOldest(): void {
  const all = memories();
  let left = 2 * all.size; // each may have a second chance
  for (const [key, memory] of all) {
    left -= 1;
    if (left < 0) return;
    if (memory.usedAt > memory.placedAt) {
      all.delete(key);
      all.set(key, memory);
      memory.placedAt = memory.usedAt;
    } else if (memory.isIdle) {
      dropMemory(memory);
      return;
    }
  }
}

/** Who asks for a memory. */
export interface MemoryRequest {
  readonly name: string;
  /** Set by the drop-in fetch, whose memories are one for each origin. */
  readonly origin?: string;
  readonly options: MemoryOptions;
  readonly parts: MemoryParts;
  /** The clock that the caller set, if any. */
  readonly givenClock: MemoryParts['clock'] | undefined;
}

/**
 * The memory of a name, made at its first use.
 *
 * @throws TypeError if an option that is given differs from the first use's
 */
export function memoryOf(request: MemoryRequest): Memory {
  const { name, origin, options, parts, givenClock } = request;
  const label = origin === undefined ? name : `${name} ${origin}`;
  const key = JSON.stringify([name, origin]);
  const wanted = memorySettings(options);
  let memory = memories().get(key);
  if (!memory) {
    if (memories().size >= bounds.memories) dropOldest();
    memory = new Memory(label, name, wanted, parts);
    memories().set(key, memory);
    return memory;
  }
  const difference = differenceOf(options, wanted, memory.settings);
  if (difference) {
    throw new TypeError(
      `\`${difference}\` of '${label}' was fixed by its first use as ${shown(memory.settings[difference as keyof MemoryOptions])}, got ${shown(wanted[difference as keyof MemoryOptions])}`,
    );
  }
  if (givenClock !== undefined && givenClock !== memory.parts.clock) {
    throw new TypeError(`\`clock\` of '${label}' was fixed by its first use, got another one`);
  }
  return memory;
}

/** Lets a memory go, and all that it holds. */
export function dropMemory(memory: Memory): void {
  if (memory.gone) return;
  for (const [key, one] of memories()) {
    if (one !== memory) continue;
    memories().delete(key);
    break;
  }
  memory.shutdown();
}

/**
 * Empties the memory of a name (breaker, budget, gates and statistics), or of all names: for tests, so that one leaves
 * nothing to the next. Clients of the name go on, with a new memory. Calls that wait at a gate are refused.
 *
 * @param name - the `name` given to `resilientApiCall`, `createApiClient` or `createResilientFetch`; all of them if left out
 * @throws TypeError if `name` is no string
 * @example
 * ```ts
 * import { createApiClient, forget } from '@resilient/http';
 *
 * const mail = createApiClient({ name: 'mail' });
 * mail.breaker.open();
 * forget('mail');
 * console.log(mail.breaker.state); // closed
 * ```
 */
export function forget(name?: string): void {
  if (name !== undefined && typeof name !== 'string')
    throw new TypeError(`expected \`name\` to be a string, got ${typeof name}`);
  for (const memory of [...memories().values()]) {
    if (name === undefined || memory.group === name) dropMemory(memory);
  }
}
