import { createVirtualClock } from '@resilient/testing';
import { AbortError } from 'p-retry';
import { describe, expect, it } from 'vitest';
import type { RetryError } from '../errors/retry-error.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { exponentialBackoff } from './backoff.ts';
import type { RetryOptions } from './options.ts';
import { retry } from './retry.ts';

/** Fails for ever, and tells when it was run and how it ended. */
async function fail(options: RetryOptions, error: () => unknown = () => new Error('down')) {
  const clock = createVirtualClock();
  const at: number[] = [];
  const ended = retry(
    async () => {
      at.push(clock.now());
      throw error();
    },
    { clock, random: () => 0, ...options },
  ).catch((one: unknown) => one);
  return { at, error: (await clock.settle(ended)) as RetryError };
}

const base: Verdict = { transient: true, kind: 'server', outcome: 'rejected' };

describe('a classifier that answers nonsense', () => {
  it.each([{}, true, 'retry', null, { kind: 'server' }, Promise.resolve(base)])(
    '%o is no answer: the built-in one is asked',
    async (answer) => {
      const bug = new TypeError('x is not a function');
      const { at, error } = await fail({ classify: () => answer as never }, () => bug);
      expect(error).toBe(bug);
      expect(at).toHaveLength(1);
    },
  );

  it('a promise that rejects is no answer, and ends no process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { at } = await fail({
      maxRetries: 1,
      classify: (async () => {
        throw new Error('late');
      }) as never,
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(at).toHaveLength(2);
  });

  it('what it leaves out is unknown, and an outcome that nobody knows is never called not sent', async () => {
    const { error } = await fail({ maxRetries: 1, classify: () => ({ transient: true }) as never });
    expect(error).toMatchObject({ outcome: 'unknown', stopReason: 'attempts' });
    expect(error.attempts[0]).toMatchObject({ kind: 'unknown', outcome: 'unknown' });
    const odd = { transient: true, kind: 'odd', outcome: 'fine', code: 500, retryAfterMs: '5' };
    const other = await fail({ maxRetries: 1, classify: () => odd as never });
    expect(other.error.attempts[0]).toMatchObject({ kind: 'unknown', outcome: 'unknown' });
    expect(other.error.attempts[0]).not.toHaveProperty('code');
  });

  it.each([Number.NaN, -5, '1000', null])('a hint of %o is no hint', async (retryAfterMs) => {
    const verdict = { ...base, retryAfterMs } as never;
    const backoff = exponentialBackoff({ jitter: 'none' });
    const { at, error } = await fail({ maxRetries: 2, classify: () => verdict, backoff });
    expect(at).toEqual([0, 100, 300]);
    expect(error.attempts[0]?.delaySource).toBe('backoff');
  });

  it('a wait without an end is not begun', async () => {
    const hint = await fail({ classify: () => ({ ...base, retryAfterMs: Number.POSITIVE_INFINITY }) });
    expect(hint.error).toMatchObject({ stopReason: 'retry-after-too-long' });
    const backoff = await fail({ backoff: () => Number.POSITIVE_INFINITY });
    expect(backoff.error).toMatchObject({ stopReason: 'deadline' });
  });
});

describe('waits', () => {
  it('take the larger of the backoff and the hint, and say which it was', async () => {
    const backoff = exponentialBackoff({ jitter: 'none' });
    const hint = (retryAfterMs: number) => fail({ classify: () => ({ ...base, retryAfterMs }), backoff });
    const small = await hint(150);
    expect(small.error.attempts.map((one) => [one.delayMs, one.delaySource])).toEqual([
      [150, 'retry-after'],
      [200, 'backoff'],
      [400, 'backoff'],
      [undefined, undefined],
    ]);
    expect((await hint(0)).at).toEqual([0, 100, 300, 700]);
  });

  it('are drawn below the ceiling: full, equal and decorrelated jitter of one draw', async () => {
    const run = async (jitter: 'full' | 'equal' | 'decorrelated') =>
      (await fail({ backoff: exponentialBackoff({ jitter }), random: () => 0.5 })).error.attempts
        .slice(0, -1)
        .map(({ delayMs }) => delayMs);
    expect(await run('full')).toEqual([50, 100, 200]);
    expect(await run('equal')).toEqual([75, 150, 300]);
    expect(await run('decorrelated')).toEqual([200, 350, 575]);
  });

  it('are all 0 with a chance of 0, and still no attempt follows without a turn of the timers', async () => {
    const { at } = await fail({ maxRetries: 5 });
    expect(at).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('maxRetries: Infinity', () => {
  it('goes on for as long as it takes', async () => {
    const clock = createVirtualClock();
    let attempts = 0;
    const options = { maxRetries: Number.POSITIVE_INFINITY, clock, backoff: () => 1 };
    const value = retry(async () => {
      attempts += 1;
      if (attempts < 3_000) throw new Error('down');
      return attempts;
    }, options);
    expect(await clock.settle(value)).toBe(3_000);
  });

  it('ends with its time', async () => {
    const { at, error } = await fail({
      maxRetries: Number.POSITIVE_INFINITY,
      timeoutMs: 10_000,
      backoff: exponentialBackoff({ jitter: 'none', maxMs: 1_000 }),
    });
    expect(error).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    expect(at.at(-1)).toBeLessThan(10_000);
    expect(at).toHaveLength(13);
  });
});

describe("p-retry's AbortError", () => {
  it('ends the call at a later attempt too, and is unwrapped', async () => {
    const inner = Object.assign(new Error('stop here'), { code: 'ECONNREFUSED' });
    let attempt = 0;
    const { error } = await fail({}, () => {
      attempt += 1;
      return attempt === 1 ? new Error('down') : new AbortError(inner);
    });
    expect(error).toMatchObject({ stopReason: 'permanent', code: 'REJECTED' });
    expect(error.cause).toBe(inner);
    expect(error.attempts[1]).toMatchObject({ code: 'ECONNREFUSED', kind: 'network', outcome: 'not-sent' });
  });
});

it('keeps the worst outcome of all attempts', async () => {
  const outcomes = ['not-sent', 'unknown', 'rejected', 'not-sent'] as const;
  let attempt = 0;
  const { error } = await fail({
    classify: () => ({ ...base, outcome: outcomes[attempt++] ?? 'not-sent' }),
  });
  expect(error.attempts.map(({ outcome }) => outcome)).toEqual(outcomes);
  expect(error.outcome).toBe('unknown');
});

it('records when each attempt began, as a Date of the wall clock, and how long it took', async () => {
  const clock = createVirtualClock();
  const epoch = clock.epochNow();
  const work = async (): Promise<never> => {
    await clock.sleep(30);
    throw new Error('down with password=hunter2');
  };
  const ended = retry(work, { clock, random: () => 1, maxRetries: 1 }).catch((error: unknown) => error);
  const { attempts } = (await clock.settle(ended)) as RetryError;
  expect(attempts.map(({ startedAt, durationMs }) => [startedAt, durationMs])).toEqual([
    [new Date(epoch), 30],
    [new Date(epoch + 130), 30],
  ]);
  expect(attempts[0]?.message).toBe('down with password=***');
});
