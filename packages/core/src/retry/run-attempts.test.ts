import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import type { Verdict } from '../verdict/verdict.ts';
import { exponentialBackoff } from './backoff.ts';
import { type AttemptFailure, type AttemptPlan, runAttempts, type Wait } from './run-attempts.ts';

const busy: Verdict = { transient: true, kind: 'rate-limit', outcome: 'rejected' };

function planWith(plan: Partial<AttemptPlan>): {
  plan: AttemptPlan;
  clock: ReturnType<typeof createVirtualClock>;
} {
  const clock = createVirtualClock();
  return {
    clock,
    plan: {
      name: 'other',
      package: 'core',
      maxRetries: 1,
      backoff: exponentialBackoff(),
      deadline: 1_000,
      signal: undefined,
      clock,
      random: () => 0,
      budget: undefined,
      verdictOf: () => busy,
      messageOf: () => '',
      fail: (failure) => failure,
      ...plan,
    },
  };
}

test('a gate that opens after the deadline ends the call as a hint does', async () => {
  const { plan } = planWith({ waitFor: () => ({ delayMs: 5_000, source: 'gate' }) });
  const failure = await runAttempts(plan, () => Promise.reject(new Error('busy')), 0).catch(
    (one: AttemptFailure) => one,
  );
  expect(failure).toMatchObject({ stopReason: 'retry-after-too-long', attemptCount: 1 });
});

test('a retry that is decided is told before its wait, one that is not made is not', async () => {
  const told: [number, Wait][] = [];
  const { plan, clock } = planWith({
    waitFor: () => ({ delayMs: 100, source: 'backoff' }),
    retrying: (wait) => told.push([clock.now(), wait]),
  });
  const ended = runAttempts(plan, () => Promise.reject(new Error('busy')), 0).catch(
    (one: AttemptFailure) => one,
  );
  expect(await clock.settle(ended)).toMatchObject({ stopReason: 'attempts', attemptCount: 2 });
  expect(told).toEqual([[0, { delayMs: 100, source: 'backoff' }]]);
});
