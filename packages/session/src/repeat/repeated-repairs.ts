import { hash } from 'node:crypto';

/** How many repairs of one key of one session are too many. */
const TOO_MANY = 3;
/** Within how long, in milliseconds. */
const WINDOW_MS = 3_600_000;
/** How many sessions are remembered; the one that was repaired longest ago gives way. */
const MAX_SESSIONS = 10_000;

interface Repairs {
  /** When this key was repaired, at most {@link TOO_MANY} instants. */
  times: number[];
  quiet: boolean;
}

/** Counts the repairs of each key of each session in this process, by the hash of its id. */
export class RepeatedRepairs {
  readonly #sessions = new Map<string, Map<string, Repairs>>();

  /** Number of sessions remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Tells whether a key is repaired too often for its repairs to be stored any longer. */
  isQuiet(id: string, key: string): boolean {
    if (this.#sessions.size === 0) return false;
    return this.#sessions.get(hash('sha256', id, 'base64url'))?.get(key)?.quiet === true;
  }

  /** Counts one repair; answers whether it is the one that makes them too many. */
  note(id: string, key: string, now: number): boolean {
    const hashed = hash('sha256', id, 'base64url');
    const keys = this.#sessions.get(hashed) ?? new Map<string, Repairs>();
    this.#sessions.delete(hashed);
    this.#sessions.set(hashed, keys);
    if (this.#sessions.size > MAX_SESSIONS)
      this.#sessions.delete(this.#sessions.keys().next().value as string);
    const repairs = keys.get(key) ?? { times: [], quiet: false };
    keys.set(key, repairs);
    if (repairs.quiet) return false;
    repairs.times = [...repairs.times.filter((time) => now - time <= WINDOW_MS), now];
    repairs.quiet = repairs.times.length >= TOO_MANY;
    return repairs.quiet;
  }
}
