/**
 * Resolves after one turn of the event loop, so that timers and sockets are served in between: for work that settles in
 * microtasks only, such as a synchronous database driver. No timer can stand for it: the shortest takes a millisecond,
 * a turn a few microseconds. It is real also where the clock is virtual.
 *
 * @example
 * ```ts
 * import { loopTurn } from '@resilient/core';
 *
 * for (let part = 0; part < 10; part += 1) {
 *   // … some milliseconds of work …
 *   await loopTurn();
 * }
 * ```
 */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
