import type { Worker } from 'node:cluster';
import { expect, test } from 'vitest';
import { type SuperviseOptions, superviseSettings } from './supervise-options.ts';
import { exitCodeOf, WatchedWorker } from './watched-worker.ts';

const watched = (options: SuperviseOptions, random: () => number = () => 0.5): WatchedWorker =>
  new WatchedWorker({ id: 1, process: { pid: 7 } } as Worker, 1_000, superviseSettings(options), random);

test('is ready when it listens; with a word of its start, when that says so', () => {
  const worker = watched({});
  expect(worker.isReady).toBe(false);
  worker.listens = true;
  expect(worker.isReady).toBe(true);
  worker.start = 'starting';
  expect(worker.isReady).toBe(false);
  worker.start = 'started';
  worker.listens = false;
  expect(worker.isReady).toBe(true);
});

test('names the limit that it has reached, and none without limits', () => {
  const pulse = { requests: 3_000, rssMb: 511.6, lastRequest: 'GET /' };
  const ageless = watched({});
  ageless.hear(pulse, 1e12);
  expect(ageless.reached(1e12)).toBe(undefined);

  const worker = watched({ maxRequests: 3_001, maxAgeMs: 60_000, maxRssMb: 512 });
  worker.hear(pulse, 2_000);
  expect(worker.reached(60_999)).toBe(undefined);
  expect(worker.reached(61_000)).toEqual({ reason: 'maxAgeMs', value: 60_000 });
  worker.hear({ ...pulse, requests: 3_001 }, 2_000);
  expect(worker.reached(2_000)).toEqual({ reason: 'maxRequests', value: 3_001 });
  worker.hear({ ...pulse, rssMb: 512.2 }, 2_000);
  expect(worker.reached(2_000)).toEqual({ reason: 'maxRssMb', value: 512 });
  expect(worker.lastRequest).toBe('GET /');
});

test('limits are drawn between 0.9 and 1.1 of what was said', () => {
  const first = watched({ maxRequests: 1_000 }, () => 0);
  const last = watched({ maxRequests: 1_000 }, () => 0.999_999);
  for (const [worker, requests] of [
    [first, 900],
    [last, 1_100],
  ] as const) {
    worker.hear({ requests: requests - 1, rssMb: 0, lastRequest: '' }, 0);
    expect(worker.reached(0)).toBe(undefined);
    worker.hear({ requests, rssMb: 0, lastRequest: '' }, 0);
    expect(worker.reached(0)?.reason).toBe('maxRequests');
  }
});

test('tells how it ended as a shell does', () => {
  expect(exitCodeOf(7, null)).toBe(7);
  expect(exitCodeOf(0, 'SIGKILL')).toBe(137);
});
