import type { Clock } from '@resilient/core';
import { createVirtualClock } from '@resilient/testing';
import { createApiClient } from '../index.ts';

/** `[second, per second]`: from then on so many are accepted in each second. */
type Limits = readonly (readonly [number, number])[];

const LATENCY_MS = 20;

/** A server, and what it did. */
export interface LimitedServer {
  readonly counts: { accepted: number; refused: number; allowed: number };
  ask(): Promise<string>;
}

/** A server that accepts so many requests in each second, and tells the others when the next begins. */
export function limitedServer(clock: Clock, limits: Limits, inMs: boolean): LimitedServer {
  const counts = { accepted: 0, refused: 0, allowed: 0 };
  let window = -1;
  let left = 0;
  const ask = async (): Promise<string> => {
    await clock.sleep(LATENCY_MS / 2);
    const second = Math.floor(clock.now() / 1_000);
    const limit = limits.findLast(([from]) => from <= second)?.[1] ?? 0;
    if (second !== window) {
      counts.allowed += limit;
      window = second;
      left = limit;
    }
    const untilNextMs = (second + 1) * 1_000 - clock.now();
    const isAccepted = left > 0;
    if (isAccepted) {
      left -= 1;
      counts.accepted += 1;
    } else counts.refused += 1;
    await clock.sleep(LATENCY_MS / 2);
    if (isAccepted) return 'done';
    const headers: Record<string, string> = inMs
      ? { 'retry-after-ms': String(untilNextMs - LATENCY_MS / 2) }
      : { 'retry-after': String(Math.ceil(untilNextMs / 1_000)) };
    throw Object.assign(new Error('HTTP 429'), { status: 429, headers });
  };
  return { ask, counts };
}

/** Shares of what was possible, of what was served, and of the mean caller's. */
export interface RateLimitResult {
  readonly goodput: number;
  readonly refusals: number;
  readonly failed: number;
  readonly spread: number;
}

/** 100 callers, each with one call after another, against such a server. */
export async function rateLimitRun(run: {
  inMs: boolean;
  limits: Limits;
  seconds: number;
}): Promise<RateLimitResult> {
  const clock = createVirtualClock({ seed: 3 });
  const server = limitedServer(clock, run.limits, run.inMs);
  const client = createApiClient({ name: 'limited', clock, random: clock.random, timeoutMs: 60_000 });
  const done = new Array<number>(100).fill(0);
  const codes: unknown[] = [];
  const callers = done.map(async (_, n) => {
    while (clock.now() < run.seconds * 1_000) {
      try {
        await client.call(() => server.ask());
        (done[n] as number) += 1;
      } catch (error) {
        codes.push((error as { code: unknown }).code);
      }
    }
  });
  await clock.settle(Promise.all(callers));
  const mean = done.reduce((a, b) => a + b, 0) / done.length;
  return {
    goodput: server.counts.accepted / server.counts.allowed,
    refusals: server.counts.refused / server.counts.accepted,
    failed: codes.length,
    spread: (Math.max(...done) - Math.min(...done)) / mean,
  };
}
