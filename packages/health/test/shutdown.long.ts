import { expect, test } from 'vitest';
import { writeEvidence } from './support/evidence.ts';
import { rollingShutdowns, type Shutdowns } from './support/rolling-shutdowns.ts';

const COUNT = 20;

const figures = ({ answered, lost, exitCodes, exitMs, streamMs, instances }: Shutdowns): object => ({
  answered,
  lost: lost.length,
  exitCodes: [...new Set(exitCodes)],
  slowestExitMs: Math.round(Math.max(...exitMs)),
  slowestStreamEndMs: Math.round(Math.max(...streamMs)),
  instances,
});

test('20 shutdowns under load behind a balancer that looks once a second: nothing lost; without the delay, some', {
  timeout: 1_200_000,
}, async () => {
  const env = { NODE_ENV: 'production' };
  const withDelay = await rollingShutdowns({ count: COUNT, env, pollMs: 1_000 });
  const without = await rollingShutdowns({
    count: COUNT,
    env: { ...env, DRAIN_DELAY_MS: '0' },
    pollMs: 1_000,
  });
  writeEvidence('health-shutdowns', {
    shutdowns: COUNT,
    pollMs: 1_000,
    delay5s: figures(withDelay),
    delay0: figures(without),
  });
  expect(withDelay.lost).toEqual([]);
  expect(withDelay.exitCodes).toEqual(Array.from({ length: COUNT }, () => 0));
  expect(Math.max(...withDelay.exitMs)).toBeLessThan(25_000 / 2);
  expect(Math.max(...withDelay.streamMs)).toBeLessThan(3 * 1_000);
  expect(without.lost.length).toBeGreaterThan(0);
});
