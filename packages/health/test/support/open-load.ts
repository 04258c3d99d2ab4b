import { Agent, get } from 'node:http';

/** What an open loop of requests met. */
export interface OpenLoad {
  readonly sent: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly errors: readonly string[];
  /** Each answer's time in milliseconds, from sending to its last byte. */
  readonly timesMs: readonly number[];
  /** Answers of 200 to requests that were sent when the first 503 had come. */
  readonly takenBack: number;
  /** From the first request to the last, in milliseconds. */
  readonly sendingMs: number;
}

/** How often it is looked how many requests are due. */
const TICK_MS = 4;

/** How requests are sent. */
export interface OpenLoadPlan {
  readonly perSecond: number;
  readonly forMs: number;
  /** What is late by more than so many milliseconds is not made up for: a slow machine sends fewer. */
  readonly catchUpMs: number;
}

/**
 * Sends requests, whether or not earlier ones have been answered, for `forMs` milliseconds and until the first 503 has
 * come.
 */
export async function openLoad(
  url: string,
  { perSecond, forMs, catchUpMs }: OpenLoadPlan,
): Promise<OpenLoad> {
  const agent = new Agent({ keepAlive: true });
  const statuses: Record<number, number> = {};
  const errors: string[] = [];
  const timesMs: number[] = [];
  const pending: Promise<void>[] = [];
  let takenBack = 0;

  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const sentAt = performance.now();
      const wasRefused = 503 in statuses;
      const asked = get(url, { agent, timeout: 20_000 }, (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        response.on('end', () => {
          timesMs.push(performance.now() - sentAt);
          statuses[status] = (statuses[status] ?? 0) + 1;
          if (status === 200 && wasRefused) takenBack += 1;
          resolve();
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer for 20 s')));
      asked.on('error', (error) => {
        errors.push(String(error));
        resolve();
      });
    });

  const startedAt = performance.now();
  let tickedAt = startedAt;
  let due = 0;
  const most = Math.max(1, (perSecond * catchUpMs) / 1_000);
  while (performance.now() - startedAt < forMs || !(503 in statuses)) {
    const now = performance.now();
    due = Math.min(due + ((now - tickedAt) / 1_000) * perSecond, most);
    tickedAt = now;
    for (; due >= 1; due -= 1) pending.push(ask());
    if (errors.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const sendingMs = performance.now() - startedAt;
  await Promise.all(pending);
  agent.destroy();
  return { sent: pending.length, statuses, errors, timesMs, takenBack, sendingMs };
}
