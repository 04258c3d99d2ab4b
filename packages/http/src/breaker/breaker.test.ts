import { type Logger, onResilienceEvent } from '@resilient/core';
import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { Breaker, NO_PERMIT, type Vote } from './breaker.ts';
import { type BreakerOptions, breakerSettings } from './options.ts';

const nothing = (): void => {};
const silent: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silent,
};

function breakerOn(options: BreakerOptions = {}, random = () => 1 - Number.EPSILON) {
  const clock = createVirtualClock();
  const settings = breakerSettings(options);
  const breaker = new Breaker({
    name: 'other',
    settings,
    clock,
    random,
    logger: silent,
  });
  const attempt = (vote: Vote): number => {
    const permit = breaker.permit(clock.now(), 30_000);
    if (permit !== NO_PERMIT) breaker.report(permit, vote, clock.now());
    return permit;
  };
  const attempts = (count: number, vote: Vote): void => {
    for (let made = 0; made < count; made += 1) attempt(vote);
  };
  return { breaker, clock, attempt, attempts };
}

/** Ten failures and ten successes, never ten failures in a row. */
function half(attempt: (vote: Vote) => unknown): void {
  for (let made = 0; made < 10; made += 1) {
    attempt('success');
    attempt('failure');
  }
}

test('opens at exactly 50 % of exactly 20', () => {
  const { breaker, attempt } = breakerOn();
  for (let made = 0; made < 9; made += 1) {
    attempt('success');
    attempt('failure');
  }
  attempt('success');
  expect(breaker.state).toBe('closed');
  attempt('failure');
  expect(breaker.state).toBe('open');
});

test('stays closed at 19 attempts, and at 9 failures of 20', () => {
  const few = breakerOn();
  for (let made = 0; made < 9; made += 1) {
    few.attempt('failure');
    few.attempt('success');
  }
  few.attempt('failure');
  expect(few.breaker.state).toBe('closed');
  const healthy = breakerOn();
  healthy.attempts(11, 'success');
  healthy.attempts(9, 'failure');
  expect(healthy.breaker.state).toBe('closed');
});

test('opens at a rate of 1 when everything fails', () => {
  const { breaker, attempts } = breakerOn({
    failureRate: 1,
    minCalls: 5,
    consecutiveFailures: Number.POSITIVE_INFINITY,
  });
  attempts(4, 'failure');
  expect(breaker.state).toBe('closed');
  attempts(1, 'failure');
  expect(breaker.state).toBe('open');
});

test('20 attempts in flight do not dilute the rate', () => {
  const { breaker, clock, attempt } = breakerOn();
  for (let hanging = 0; hanging < 20; hanging += 1) breaker.permit(clock.now(), 30_000);
  half(attempt);
  expect(breaker.state).toBe('open');
});

test('neutral and throttled results are in neither side of the rate', () => {
  const { breaker, attempt, attempts } = breakerOn();
  attempts(100, 'neutral');
  attempts(100, 'throttled');
  half(attempt);
  expect(breaker.state).toBe('open');
});

test('opens after 10 failures in a row, however slow', async () => {
  const { breaker, clock, attempt } = breakerOn();
  for (let made = 0; made < 9; made += 1) {
    attempt('failure');
    await clock.advance(20_000);
  }
  attempt('success');
  for (let made = 0; made < 9; made += 1) {
    attempt('failure');
    await clock.advance(20_000);
  }
  expect(breaker.state).toBe('closed');
  attempt('failure');
  expect(breaker.state).toBe('open');
});

test('failures of more than a window ago do not count', async () => {
  const { breaker, clock, attempts } = breakerOn();
  attempts(9, 'failure');
  attempts(1, 'success');
  await clock.advance(10_001);
  attempts(9, 'failure');
  attempts(1, 'success');
  expect(breaker.state).toBe('closed');
});

test('lets nothing through while open, and one probe at a time afterwards', async () => {
  const { breaker, clock, attempts } = breakerOn();
  attempts(10, 'failure');
  expect(breaker.permit(clock.now(), 30_000)).toBe(NO_PERMIT);
  await clock.advance(4_999);
  expect(breaker.permit(clock.now(), 30_000)).toBe(NO_PERMIT);
  await clock.advance(1);
  expect(breaker.state).toBe('half-open');
  const probe = breaker.permit(clock.now(), 30_000);
  expect(probe).toBeLessThan(0);
  expect(breaker.permit(clock.now(), 30_000)).toBe(NO_PERMIT);
  breaker.report(probe, 'success', clock.now());
  expect(breaker.state).toBe('closed');
});

test('a hung probe ends with its lease; the first result decides, the second is ignored', async () => {
  const { breaker, clock, attempts } = breakerOn();
  attempts(10, 'failure');
  await clock.advance(5_000);
  const hung = breaker.permit(clock.now(), 30_000);
  await clock.advance(29_999);
  expect(breaker.mayPass(clock.now())).toBe(false);
  await clock.advance(1);
  const second = breaker.permit(clock.now(), 30_000);
  expect(second).toBeLessThan(0);
  breaker.report(hung, 'success', clock.now());
  expect(breaker.state).toBe('closed');
  breaker.report(second, 'failure', clock.now());
  expect(breaker.state).toBe('closed');
});

test('a neutral probe frees its permit at once, an expired one frees nobody else’s', async () => {
  const { breaker, clock, attempts } = breakerOn();
  attempts(10, 'failure');
  await clock.advance(5_000);
  const probe = breaker.permit(clock.now(), 1_000);
  breaker.report(probe, 'neutral', clock.now());
  const hung = breaker.permit(clock.now(), 1_000);
  expect(hung).toBeLessThan(0);
  await clock.advance(1_000);
  expect(breaker.permit(clock.now(), 1_000)).toBeLessThan(0);
  breaker.report(hung, 'neutral', clock.now());
  expect(breaker.permit(clock.now(), 1_000)).toBe(NO_PERMIT);
});

test('a 429 proves to a probe that the other side is up', async () => {
  const { breaker, clock, attempts, attempt } = breakerOn();
  attempts(10, 'failure');
  await clock.advance(5_000);
  attempt('throttled');
  expect(breaker.state).toBe('closed');
});

test('late results are ignored in each state', async () => {
  const { breaker, clock, attempts, attempt } = breakerOn();
  const late = Array.from({ length: 500 }, () => breaker.permit(clock.now(), 30_000));
  attempts(10, 'failure');
  const openedUntil = breaker.retryAt?.getTime();
  await clock.advance(1_000);
  for (const permit of late.slice(0, 250)) breaker.report(permit, 'failure', clock.now());
  expect(breaker.retryAt?.getTime()).toBe(openedUntil);
  breaker.report(late[250] as number, 'success', clock.now());
  expect(breaker.state).toBe('open');
  await clock.advance(4_000);
  breaker.report(late[251] as number, 'success', clock.now());
  expect(breaker.state).toBe('half-open');
  attempt('success');
  for (const permit of late.slice(252)) breaker.report(permit, 'failure', clock.now());
  expect(breaker.state).toBe('closed');
});

test('closing clears the window', async () => {
  const { breaker, clock, attempts, attempt } = breakerOn({ openMs: 1_000 });
  attempts(10, 'success');
  attempts(10, 'failure');
  await clock.advance(1_000);
  attempt('success');
  attempts(9, 'failure');
  attempts(1, 'success');
  expect(breaker.state).toBe('closed');
});

test('open times double up to the cap, drawn from their upper half', async () => {
  for (const [drawn, share] of [
    [1 - Number.EPSILON, 1],
    [0, 0.5],
  ] as const) {
    const { breaker, clock, attempts, attempt } = breakerOn({}, () => drawn);
    attempts(10, 'failure');
    for (const openMs of [5_000, 10_000, 15_000, 15_000]) {
      const retryAt = breaker.retryAt?.getTime() ?? 0;
      expect(retryAt - clock.epochNow()).toBeCloseTo(openMs * share, 3);
      await clock.advance(openMs * share);
      attempt('failure');
    }
  }
});

test('open times start anew after one window without opening, not sooner', async () => {
  const { breaker, clock, attempts, attempt } = breakerOn();
  const openMs = (): number => (breaker.retryAt?.getTime() ?? 0) - clock.epochNow();
  attempts(10, 'failure');
  await clock.advance(5_000);
  attempt('success');
  await clock.advance(9_999);
  attempts(10, 'failure');
  expect(openMs()).toBeCloseTo(10_000, 3);
  await clock.advance(10_000);
  attempt('success');
  await clock.advance(10_000);
  attempts(10, 'failure');
  expect(openMs()).toBeCloseTo(5_000, 3);
});

test('is opened and closed by hand', async () => {
  const { breaker, clock, attempt } = breakerOn();
  breaker.open();
  expect(breaker.state).toBe('open');
  expect(attempt('success')).toBe(NO_PERMIT);
  breaker.close();
  expect(breaker.state).toBe('closed');
  expect(breaker.retryAt).toBeUndefined();
  await clock.advance(10_000);
  breaker.open();
  await clock.advance(5_000);
  expect(attempt('success')).toBeLessThan(0);
  expect(breaker.state).toBe('closed');
});

test('tells each change of state once, also to those who listen later', async () => {
  const { clock, attempts, attempt } = breakerOn();
  const states: string[] = [];
  const stop = onResilienceEvent((event) => {
    if (event.kind === 'breaker' && event.name === 'other' && !event.replay) states.push(event.state);
  });
  attempts(12, 'failure');
  const late: string[] = [];
  onResilienceEvent((event) => {
    if (event.kind === 'breaker' && event.name === 'other') late.push(event.state);
  })();
  await clock.advance(5_000);
  attempt('success');
  stop();
  expect(states).toEqual(['open', 'half-open', 'closed']);
  expect(late).toEqual(['open']);
});

test('leaves no timer on the clock, open or shut down', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const before = timers();
  const { breaker, clock, attempts } = breakerOn();
  attempts(10, 'failure');
  expect(clock.pending).toBe(0);
  expect(timers()).toBe(before);
  breaker.shutdown();
  expect(timers()).toBe(before);
});
