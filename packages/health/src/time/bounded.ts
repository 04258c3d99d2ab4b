import type { Clock } from '@resilient/core';

/** How something ended that had a time limit. */
export type Bounded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** What {@link bounded} reports for what did not end in time. */
export const OUT_OF_TIME: unique symbol = Symbol('out of time');

/** Runs something for at most `timeoutMs`, and never throws; what goes on after that is left alone. */
export async function bounded<T>(
  clock: Clock,
  timeoutMs: number,
  run: () => T | Promise<T>,
): Promise<Bounded<T>> {
  let timer: unknown;
  const late = new Promise<Bounded<T>>((resolve) => {
    timer = clock.setTimer(() => resolve({ ok: false, error: OUT_OF_TIME }), timeoutMs);
  });
  const work = (async (): Promise<Bounded<T>> => {
    try {
      return { ok: true, value: await run() };
    } catch (error) {
      return { ok: false, error };
    }
  })();
  const ended = await Promise.race([late, work]);
  clock.clearTimer(timer);
  return ended;
}
