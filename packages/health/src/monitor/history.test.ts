import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { History } from './history.ts';

const metric = (id: string, value: number) => ({ id, value, level: 'healthy' as const });

test('each point is of its interval alone, and of an idle one there is no NaN', async () => {
  const clock = createVirtualClock({ seed: 1 });
  const history = new History(clock, 5_000);
  for (const status of [200, 500, 404, 200]) history.request(status);
  await clock.advance(5_000);
  history.sample([metric('memory', 0.5), metric('cpu', 0.25), metric('eventLoopMs', 12)], 80);
  history.sample([], 80); // a late reading: no point of its own
  await clock.advance(5_000);
  history.sample([], 80);
  expect(history.points()).toEqual([
    expect.objectContaining({
      requestsPerSecond: 0.8,
      errorRate: 0.25,
      p95Ms: 80,
      memory: 0.5,
      cpu: 0.25,
      eventLoopMs: 12,
    }),
    expect.objectContaining({ requestsPerSecond: 0, errorRate: 0, memory: 0 }),
  ]);
});

test('keeps 15 minutes and no more', async () => {
  const clock = createVirtualClock({ seed: 1 });
  const history = new History(clock, 5_000);
  for (let count = 0; count < 400; count += 1) {
    await clock.advance(5_000);
    history.sample([], 0);
  }
  const points = history.points();
  expect(points).toHaveLength(180);
  expect((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)).toBe(179 * 5_000);
});
