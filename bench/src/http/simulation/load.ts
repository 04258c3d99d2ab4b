import type { VirtualClock } from '@resilient/testing';
import type { Column } from '../columns/column.ts';
import { inBorrowedTime } from './borrowed-time.ts';

/** How one call went, in milliseconds of the simulation. */
export interface CallEnd {
  readonly startedAt: number;
  readonly ms: number;
  readonly isGood: boolean;
}

/** What a run has shown. */
export interface LoadResult {
  /** When each attempt was sent. */
  readonly sentAt: readonly number[];
  readonly ends: readonly CallEnd[];
}

/** Independent callers, and the server that they ask. */
export interface Load {
  readonly seed: number;
  readonly seconds: number;
  readonly attemptMs: number;
  /** Milliseconds until the next caller comes. */
  readonly gapMs: (clock: VirtualClock) => number;
  /** A server of its own for each run: what is done with one request. */
  readonly serve: (clock: VirtualClock) => () => Promise<void>;
}

/** Runs the load through a column; all calls are waited for. */
export function runLoad(
  column: Column,
  { seed, seconds, attemptMs, gapMs, serve }: Load,
): Promise<LoadResult> {
  return inBorrowedTime(seed, async (clock) => {
    const guard = column.open({ clock, attemptMs });
    const request = serve(clock);
    const sentAt: number[] = [];
    const ends: CallEnd[] = [];
    const attempt = (): Promise<void> => {
      sentAt.push(clock.now());
      return request();
    };
    const calls: Promise<unknown>[] = [];
    while (clock.now() < seconds * 1_000) {
      const startedAt = clock.now();
      const end = (isGood: boolean) => () => ends.push({ startedAt, ms: clock.now() - startedAt, isGood });
      calls.push(guard.call(attempt).then(end(true), end(false)));
      await clock.sleep(gapMs(clock));
    }
    await Promise.all(calls);
    guard.close();
    return { sentAt, ends };
  });
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The mean; `NaN` of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
