import type { Clock, TimerHandle } from '@resilient/core';
import { checkKnown, checkNumber, refuse } from '@resilient/core';
import { realNow, realSleep, realTurn } from '../real-time.ts';
import { createRandom } from './random.ts';
import { TimerQueue, type VirtualTimer } from './timer-queue.ts';

/** Options of {@link createVirtualClock}. */
export interface VirtualClockOptions {
  /**
   * Seed of {@link VirtualClock.random}; an integer of at least 0.
   * @defaultValue `1`
   */
  readonly seed?: number;
  /**
   * Wall time at the start, in milliseconds since 1970.
   * @defaultValue `1735689600000` (2025-01-01T00:00:00Z)
   */
  readonly epoch?: number;
  /**
   * Monotonic time at the start, in milliseconds.
   * @defaultValue `0`
   */
  readonly startAt?: number;
}

/** Options of {@link VirtualClock.settle}. */
export interface SettleOptions {
  /**
   * How many virtual milliseconds may pass before `settle` gives up.
   * @defaultValue `3600000` (1 hour)
   */
  readonly maxMs?: number;
  /**
   * Real milliseconds given to I/O before each step, for code that waits for a socket and a timer at once.
   * @defaultValue `0`
   */
  readonly ioMs?: number;
  /**
   * Real milliseconds to wait for I/O once no timer is left to run.
   * @defaultValue `1000`
   */
  readonly idleMs?: number;
}

/** A clock on which time passes only when the test says so. */
export interface VirtualClock extends Clock {
  /** The next seeded number, at least 0 and below 1. A function of its own: it can be passed on as `random`. */
  readonly random: () => number;
  /** How many timers are set, those that never fire included: 0 at the end of a test means that nothing leaked. */
  readonly pending: number;
  /**
   * Lets `ms` pass: runs what is due in the order of time, then of creation. Between two timers promise chains run
   * to their end, so that a timer set by code which was woken inside the window runs too. Rejects with what a
   * callback throws, the clock standing at that timer.
   */
  advance(ms: number): Promise<void>;
  /** Goes to the next timer and runs all that is due then; `false` when there is none. */
  advanceToNext(): Promise<boolean>;
  /** Moves wall time alone, forward or back, as NTP or an operator does; no timer notices. */
  jumpWall(ms: number): void;
  /** Lets time pass until `promise` settles, and hands on its value or error; bounded by `maxMs`. */
  settle<T>(promise: PromiseLike<T>, options?: SettleOptions): Promise<T>;
}

/** As far as a Date goes to both sides of 1970, in milliseconds. */
const FURTHEST_DATE = 8.64e15;
/** More timers than this without time passing is a loop of zero waits, not a test. */
const MAX_TIMERS_PER_INSTANT = 100_000;

/**
 * Creates a clock for tests: time stands still until `advance`, and chance is seeded. An hour of backoff takes a
 * millisecond, and every run is the same.
 *
 * @throws TypeError or RangeError when an option is no finite number of at least 0.
 *
 * @example
 * ```ts
 * import { createVirtualClock } from '@resilient/testing';
 *
 * const clock = createVirtualClock({ seed: 7 });
 * const nap = clock.sleep(60_000);
 * await clock.advance(60_000);
 * await nap;
 * console.log(clock.now()); // 60000
 * ```
 */
export const createVirtualClock = (options: VirtualClockOptions = {}): VirtualClock => {
  checkKnown('createVirtualClock', options, ['seed', 'epoch', 'startAt']);
  const startAt = checkNumber('startAt', options.startAt ?? 0);
  const epoch = checkNumber('epoch', options.epoch ?? Date.UTC(2025, 0, 1));
  const random = createRandom(options.seed ?? 1);
  const queue = new TimerQueue();
  let now = startAt;
  let wallOffset = epoch - startAt;
  let created = 0;

  const setTimer = (callback: () => void, ms: number): VirtualTimer => {
    if (typeof callback !== 'function') throw refuse('callback', 'a function', callback);
    const waitMs = checkNumber('ms', Math.max(0, ms), { infinity: true });
    const timer: VirtualTimer = { dueAt: now + waitMs, order: created++, callback };
    queue.add(timer);
    return timer;
  };

  // Two turns: what waits for one `setImmediate` of its own is awake by then, too.
  const rest = async (): Promise<void> => {
    await realTurn();
    await realTurn();
  };

  const runUntil = async (target: number): Promise<void> => {
    let ranNow = 0;
    for (let timer = queue.takeDue(target); timer !== undefined; timer = queue.takeDue(target)) {
      ranNow = timer.dueAt > now ? 1 : ranNow + 1;
      if (ranNow > MAX_TIMERS_PER_INSTANT)
        throw new Error(`${ranNow} timers ran at ${now} ms: a wait of 0 that never ends?`);
      now = Math.max(now, timer.dueAt);
      timer.callback();
      await rest();
    }
    now = Math.max(now, target);
  };

  const advanceToNext = async (): Promise<boolean> => {
    await rest();
    const next = queue.nextDueAt;
    if (next === undefined) return false;
    await runUntil(next);
    return true;
  };

  return {
    now: () => now,
    epochNow: () => now + wallOffset,
    random,
    setTimer,
    clearTimer(handle: TimerHandle): void {
      if (typeof handle === 'object' && handle !== null && 'dueAt' in handle)
        queue.remove(handle as VirtualTimer);
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const timer = setTimer(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, ms);
        function onAbort(): void {
          queue.remove(timer);
          reject(signal?.reason);
        }
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    get pending() {
      return queue.size;
    },
    async advance(ms) {
      const target = now + checkNumber('ms', ms);
      await rest();
      await runUntil(target);
      await rest();
    },
    advanceToNext,
    jumpWall(ms) {
      wallOffset += checkNumber('ms', ms, { min: -FURTHEST_DATE, max: FURTHEST_DATE });
    },
    async settle(promise, { maxMs = 3_600_000, ioMs = 0, idleMs = 1000 } = {}) {
      const giveUpAt = now + checkNumber('maxMs', maxMs);
      checkNumber('ioMs', ioMs);
      checkNumber('idleMs', idleMs);
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      let idleSince: number | undefined;
      for (await rest(); !settled; await rest()) {
        if (ioMs > 0) await Promise.race([promise, realSleep(ioMs)]).catch(() => undefined);
        if (settled) break;
        const next = queue.nextDueAt;
        if (next !== undefined && next > giveUpAt) {
          throw new Error(
            `the promise did not settle within ${maxMs} virtual ms; ${queue.size} timers are set`,
          );
        }
        if (next !== undefined) {
          idleSince = undefined;
          await runUntil(next);
          continue;
        }
        idleSince ??= realNow();
        if (realNow() - idleSince > idleMs) {
          throw new Error(
            `the promise did not settle, and no timer of this clock is left to run (waited ${idleMs} real ms)`,
          );
        }
        await realSleep(1);
      }
      return promise;
    },
  };
};
