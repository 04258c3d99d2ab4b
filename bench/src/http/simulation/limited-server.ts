import type { VirtualClock } from '@resilient/testing';
import { Refused } from '../columns/column.ts';

/** `[second, per second]`: from then on so many requests are accepted in each second. */
export type Limits = readonly (readonly [number, number])[];

/** How a server counts, and in what unit it tells the others when to come again. */
export interface LimitedServerOptions {
  readonly clock: VirtualClock;
  readonly limits: Limits;
  readonly counts: 'whole seconds' | 'a token bucket';
  readonly hint: 'retry-after-ms' | 'retry-after';
}

/** A server with a rate limit, and what it did. */
export interface LimitedServer {
  readonly done: { accepted: number; refused: number; allowed: number };
  readonly request: () => Promise<void>;
}

const LATENCY_MS = 20;

/** Takes a request if there is room; how long until there is, in milliseconds, if there is not. */
type Take = () => number | undefined;

/** So many in each second of the clock. */
function bySecond(clock: VirtualClock, limitAt: () => number, done: LimitedServer['done']): Take {
  let window = -1;
  let left = 0;
  return () => {
    const second = Math.floor(clock.now() / 1_000);
    if (second !== window) {
      left = limitAt();
      done.allowed += left;
      window = second;
    }
    left -= 1;
    return left >= 0 ? undefined : (second + 1) * 1_000 - clock.now();
  };
}

/** A bucket that holds a second's worth and is always being filled. */
function byBucket(clock: VirtualClock, limitAt: () => number, done: LimitedServer['done']): Take {
  let tokens = limitAt();
  let filledAt = clock.now();
  done.allowed += tokens;
  return () => {
    const limit = limitAt();
    const added = ((clock.now() - filledAt) / 1_000) * limit;
    filledAt = clock.now();
    done.allowed += added;
    tokens = Math.min(limit, tokens + added);
    if (tokens >= 1) {
      tokens -= 1;
      return undefined;
    }
    return ((1 - tokens) / limit) * 1_000;
  };
}

/** Makes a server with a rate limit. */
export function limitedServer({ clock, limits, counts, hint }: LimitedServerOptions): LimitedServer {
  const done = { accepted: 0, refused: 0, allowed: 0 };
  const limitAt = (): number => limits.findLast(([from]) => from * 1_000 <= clock.now())?.[1] ?? 0;
  const take = counts === 'whole seconds' ? bySecond(clock, limitAt, done) : byBucket(clock, limitAt, done);
  const request = async (): Promise<void> => {
    await clock.sleep(LATENCY_MS / 2);
    const untilMs = take();
    if (untilMs === undefined) done.accepted += 1;
    else done.refused += 1;
    await clock.sleep(LATENCY_MS / 2);
    if (untilMs === undefined) return;
    const leftMs = Math.max(0, untilMs - LATENCY_MS / 2);
    throw new Refused(
      429,
      hint === 'retry-after-ms'
        ? { 'retry-after-ms': String(leftMs) }
        : { 'retry-after': String(Math.ceil(leftMs / 1_000)) },
    );
  };
  return { request, done };
}
