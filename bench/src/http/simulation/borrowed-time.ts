import { createVirtualClock, type VirtualClock } from '@resilient/testing';

/** A step of the virtual clock: between two it is asked whether the work is done. */
const STEP_MS = 250;

/** What `setTimeout` gives, as far as the peers use it. */
interface Handle {
  timer: unknown;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
}

/** The global timers, as the peers call them, on a virtual clock. */
function timersOn(
  clock: VirtualClock,
): Pick<typeof globalThis, 'setTimeout' | 'setInterval' | 'clearTimeout'> {
  const handleOf = (): Handle => {
    const handle: Handle = { timer: undefined, ref: () => handle, unref: () => handle, hasRef: () => true };
    return handle;
  };
  return {
    setTimeout: ((callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const handle = handleOf();
      handle.timer = clock.setTimer(() => callback(...args), ms);
      return handle;
    }) as never,
    setInterval: ((callback: () => void, ms: number) => {
      const handle = handleOf();
      const again = (): void => {
        handle.timer = clock.setTimer(() => {
          again();
          callback();
        }, ms);
      };
      again();
      return handle;
    }) as never,
    clearTimeout: ((handle: Handle | undefined) => clock.clearTimer(handle?.timer)) as never,
  };
}

/**
 * Runs `work` on a virtual clock that the peers get as well: they know no other time than the global one, and no other
 * chance than `Math.random`. Whatever is left when the work is done is forgotten.
 */
export async function inBorrowedTime<T>(seed: number, work: (clock: VirtualClock) => Promise<T>): Promise<T> {
  const clock = createVirtualClock({ seed });
  const real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
  };
  const { now: realDate } = Date;
  const realPerformance = performance.now;
  const { random: realRandom } = Math;
  const timers = timersOn(clock);
  Object.assign(globalThis, timers, { clearInterval: timers.clearTimeout });
  Date.now = clock.epochNow;
  performance.now = clock.now;
  Math.random = clock.random;
  try {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    const result = work(clock);
    result.then(done, done);
    while (!isDone) {
      await clock.advance(STEP_MS);
      if (clock.pending === 0 && !isDone) await clock.advance(STEP_MS);
      if (clock.pending === 0 && !isDone) throw new Error('nothing is left that could end the simulation');
    }
    return await result;
  } finally {
    Object.assign(globalThis, real);
    Date.now = realDate;
    performance.now = realPerformance;
    Math.random = realRandom;
  }
}
