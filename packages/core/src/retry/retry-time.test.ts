import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { describe, expect, it } from 'vitest';
import type { RetryError } from '../errors/retry-error.ts';
import type { ResilienceEvent } from '../events/event.ts';
import { onResilienceEvent } from '../events/on-resilience-event.ts';
import { withDeadline } from '../time/deadline.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { RetryBudget } from './budget.ts';
import type { RetryOptions } from './options.ts';
import { retry } from './retry.ts';

const never = (): Promise<never> => new Promise(() => {});
const down = async (): Promise<never> => {
  throw new Error('down');
};
const limited = (retryAfterMs: number) => (): Verdict => ({
  transient: true,
  kind: 'rate-limit',
  outcome: 'rejected',
  retryAfterMs,
});

/** How a call ends on the clock, the events on its way, and the time at which it ended. */
async function endOf(work: () => Promise<unknown>, options: RetryOptions & { clock: VirtualClock }) {
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => {
    if (!event.replay) events.push(event);
  });
  const ended = retry(work, { random: () => 0, ...options }).catch((error: unknown) => error);
  const error = (await options.clock.settle(ended)) as RetryError;
  stop();
  return { error, events, endedAt: options.clock.now() };
}

describe('the time of a call', () => {
  it('is over at its deadline: no retry is told, paid or recorded that cannot be made', async () => {
    const clock = createVirtualClock();
    const budget = new RetryBudget({ clock });
    let lowest = budget.available;
    const watch = onResilienceEvent(() => (lowest = Math.min(lowest, budget.available)));
    const { error, events } = await endOf(never, { clock, timeoutMs: 300, budget });
    watch();
    expect(error).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT', outcome: 'unknown' });
    expect(error.attempts).toHaveLength(1);
    expect(error.attempts[0]).not.toHaveProperty('delayMs');
    expect(events.map(({ kind }) => kind)).toEqual(['timeout', 'exhausted']);
    expect(lowest).toBe(500);
  });

  it('is why a call without retries ends, if it was the time that ended it', async () => {
    const clock = createVirtualClock();
    const { error } = await endOf(never, { clock, timeoutMs: 300, maxRetries: 0 });
    expect(error).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    const other = await endOf(down, { clock, timeoutMs: 300, maxRetries: 0 });
    expect(other.error).toMatchObject({ stopReason: 'attempts', code: 'RETRIES_EXHAUSTED' });
  });

  it.each([
    [4_999, 'attempts', 2],
    [5_000, 'retry-after-too-long', 1],
    [5_001, 'retry-after-too-long', 1],
  ])('of 5 s and a hint of %d ms: %s after %d attempts', async (hintMs, stopReason, attempts) => {
    const clock = createVirtualClock();
    const { error } = await endOf(down, {
      clock,
      timeoutMs: 5_000,
      maxRetries: 1,
      classify: limited(hintMs),
    });
    expect(error.stopReason).toBe(stopReason);
    expect(error.attempts).toHaveLength(attempts);
  });

  it('that passes between two lines of ours begins no attempt, and gives its tokens back', async () => {
    const clock = createVirtualClock();
    const budget = new RetryBudget({ clock });
    let creep = 0;
    let attempts = 0;
    const creeping = { ...clock, now: () => clock.now() + creep };
    for (const name of ['epochNow', 'sleep', 'setTimer', 'clearTimer'] as const) {
      Object.assign(creeping, { [name]: clock[name].bind(clock) });
    }
    const ended = retry(
      async () => {
        attempts += 1;
        throw new Error('down');
      },
      {
        clock: {
          ...creeping,
          sleep: async () => void queueMicrotask(() => queueMicrotask(() => (creep = 100))),
        },
        timeoutMs: 100,
        random: () => 0,
        budget,
      },
    ).catch((error: unknown) => error);
    expect(await ended).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    expect(attempts).toBe(1);
    expect(budget.available).toBe(500);
  });
});

describe('inside withDeadline', () => {
  it('a call that is cut by the scope ends as one that is cut by its own time', async () => {
    const clock = createVirtualClock();
    let ended: Promise<unknown> | undefined;
    const events: ResilienceEvent[] = [];
    const stop = onResilienceEvent((event) => events.push(event));
    const scope = withDeadline(
      50,
      () => {
        ended = retry(never, { clock, name: 'mailer' }).catch((error: unknown) => error);
        return ended;
      },
      { clock },
    );
    await clock.settle(scope);
    const error = await ended;
    stop();
    expect(error).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    expect((error as Error).cause).toMatchObject({ code: 'DEADLINE', timeoutMs: 50 });
    const told = events.filter(({ name }) => name === 'mailer');
    expect(told).toEqual([
      {
        kind: 'exhausted',
        name: 'mailer',
        package: 'core',
        code: 'TIMEOUT',
        stopReason: 'deadline',
        outcome: 'unknown',
        attempts: 1,
      },
    ]);
  });

  it('the scope itself ends with a DeadlineError, whatever fails inside at that instant', async () => {
    const clock = createVirtualClock();
    const scope = withDeadline(50, () => retry(never, { clock }), { clock }).catch((error: unknown) => error);
    const error = (await clock.settle(scope)) as Error;
    expect(error).toMatchObject({ code: 'DEADLINE', timeoutMs: 50 });
    expect(error.cause).toMatchObject({ code: 'TIMEOUT', stopReason: 'deadline' });
    const real = withDeadline(20, () => retry(never)).catch((one: unknown) => one);
    expect(await real).toMatchObject({ code: 'DEADLINE', timeoutMs: 20 });
    const own = withDeadline(20, down).catch((one: unknown) => one);
    expect((await own) as Error).toMatchObject({ message: 'down' });
    const inner = withDeadline(90, () => withDeadline(20, never, { clock }), { clock });
    expect(await clock.settle(inner.catch((one: unknown) => one))).toMatchObject({ timeoutMs: 20 });
  });

  it('a call that comes too late makes no attempt', async () => {
    const clock = createVirtualClock();
    let late: Promise<unknown> | undefined;
    let ran = false;
    const scope = withDeadline(
      10,
      async () => {
        await clock.sleep(20);
        late = retry(() => (ran = true), { clock }).catch((error: unknown) => error);
      },
      { clock },
    ).catch(() => 'over');
    await clock.advance(20);
    await scope;
    expect(await late).toMatchObject({ code: 'DEADLINE' });
    expect(ran).toBe(false);
  });
});

describe('what is told of a call', () => {
  it('is names, numbers and verdicts, and no message, value or error', async () => {
    const clock = createVirtualClock();
    const secret = Object.assign(new Error('ada@example.org owes 5'), {
      code: 'ECONNRESET',
      row: 'secret-row',
    });
    const work = async (): Promise<never> => {
      throw secret;
    };
    const { events } = await endOf(work, { clock, maxRetries: 1, name: 'mailer' });
    expect(events).toEqual([
      {
        kind: 'retry',
        name: 'mailer',
        package: 'core',
        attempt: 1,
        delayMs: 0,
        failure: 'network',
        code: 'ECONNRESET',
      },
      {
        kind: 'exhausted',
        name: 'mailer',
        package: 'core',
        code: 'RETRIES_EXHAUSTED',
        stopReason: 'attempts',
        outcome: 'unknown',
        attempts: 2,
      },
    ]);
  });

  it('changes nothing if whoever is told throws, the log too', async () => {
    const clock = createVirtualClock();
    const broken = (): never => {
      throw new Error('broken');
    };
    const stop = onResilienceEvent(broken);
    let lines = 0;
    const line = (): never => {
      lines += 1;
      throw new Error('disk full');
    };
    const logger = { debug: line, info: line, warn: line, error: line, fatal: line, child: broken };
    let attempts = 0;
    const value = retry(
      async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('down');
        return 'done';
      },
      { clock, logger, classify: broken },
    );
    expect(await clock.settle(value)).toBe('done');
    stop();
    expect(lines).toBe(2);
  });
});
