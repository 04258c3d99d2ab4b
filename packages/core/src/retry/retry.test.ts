import { getEventListeners } from 'node:events';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { AbortError } from 'p-retry';
import { describe, expect, it } from 'vitest';
import { RetryError } from '../errors/retry-error.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { RetryBudget } from './budget.ts';
import type { RetryOptions } from './options.ts';
import { retry } from './retry.ts';

/** A clock whose chance always draws the ceiling, and a run that advances it until the retry has settled. */
function setUp() {
  const clock = createVirtualClock();
  const run = async <T>(
    work: Parameters<typeof retry<T>>[0],
    options: RetryOptions = {},
  ): Promise<T | unknown> => {
    let settled = false;
    const result = retry(work, { clock, random: () => 1, ...options }).catch((error: unknown) => error);
    void result.then(() => (settled = true));
    for (let round = 0; round < 200 && !settled; round++) await clock.advance(500);
    return result;
  };
  return { clock, run };
}

/** Work that fails so many times with `error`, then answers. */
function failing(times: number, clock: VirtualClock, error: () => unknown = () => new Error('down')) {
  const at: number[] = [];
  const work = async (): Promise<string> => {
    at.push(clock.now());
    if (at.length <= times) throw error();
    return 'done';
  };
  return { work, at };
}

const verdict = (part: Partial<Verdict>): Verdict => ({
  transient: true,
  kind: 'server',
  outcome: 'unknown',
  ...part,
});

describe('retry', () => {
  it('answers at once when the first attempt succeeds, with no timer', async () => {
    const { clock } = setUp();
    expect(await retry(() => 'plain', { clock })).toBe('plain');
    expect(clock.pending).toBe(0);
  });

  it('waits up to 100, 200 and 400 ms, then gives up with everything it knows', async () => {
    const { clock, run } = setUp();
    const { work, at } = failing(9, clock);
    const error = (await run(work)) as RetryError;
    expect(at).toEqual([0, 100, 300, 700]);
    expect(error).toBeInstanceOf(RetryError);
    expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', stopReason: 'attempts', outcome: 'unknown' });
    expect(error.message).toBe('retry failed after 4 attempts: no attempt is left');
    expect(
      error.attempts.map(({ attempt, delayMs, delaySource }) => [attempt, delayMs, delaySource]),
    ).toEqual([
      [1, 100, 'backoff'],
      [2, 200, 'backoff'],
      [3, 400, 'backoff'],
      [4, undefined, undefined],
    ]);
    expect((error.cause as Error).message).toBe('down');
  });

  it('counts attempts the way each option says', async () => {
    for (const [options, expected] of [
      [{ maxRetries: 0 }, 1],
      [{ maxRetries: 1 }, 2],
      [{ maxAttempts: 1 }, 1],
      [{ maxAttempts: 3 }, 3],
    ] as const) {
      const { clock, run } = setUp();
      const { work, at } = failing(9, clock);
      await run(work, options);
      expect(at).toHaveLength(expected);
    }
  });

  it('throws a permanent error of the first attempt as the same object, and one of a later attempt as a cause', async () => {
    const { clock, run } = setUp();
    const bug = new TypeError('x is not a function');
    expect(await run(failing(1, clock, () => bug).work)).toBe(bug);
    let attempt = 0;
    const late = await run(async () => {
      attempt += 1;
      throw attempt === 1 ? new Error('down') : bug;
    });
    expect(late).toMatchObject({ stopReason: 'permanent', code: 'REJECTED' });
    expect((late as Error).cause).toBe(bug);
    expect(attempt).toBe(2);
  });

  it.each([
    ['a plain object', { status: 503 }],
    ['undefined', undefined],
    ['null', null],
    ['a string', 'down'],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['an AbortError of its own', new DOMException('gone', 'NetworkError')],
  ])('retries %s, and keeps it as the cause', async (_name, thrown) => {
    const { clock, run } = setUp();
    const { work, at } = failing(9, clock, () => thrown);
    const error = (await run(work, { classify: () => verdict({}) })) as RetryError;
    expect(at).toHaveLength(4);
    expect(error.cause).toBe(thrown);
  });

  it("takes p-retry's AbortError as the end, and unwraps it", async () => {
    const { clock, run } = setUp();
    const inner = new Error('stop here');
    const { work, at } = failing(9, clock, () => new AbortError(inner));
    expect(await run(work)).toBe(inner);
    expect(at).toHaveLength(1);
  });

  it('fails on an unknown error when asked to', async () => {
    const { clock, run } = setUp();
    const unknown = new Error('who knows');
    const { work, at } = failing(9, clock, () => unknown);
    expect(await run(work, { unknownErrors: 'fail' })).toBe(unknown);
    expect(at).toHaveLength(1);
  });

  it('asks the own classifier first; one that throws or has no answer changes nothing', async () => {
    const { clock, run } = setUp();
    const permanent = failing(9, clock, () => new Error('gone for good'));
    await run(permanent.work, { classify: () => verdict({ transient: false }) });
    expect(permanent.at).toHaveLength(1);
    const throwing = failing(1, clock);
    expect(
      await run(throwing.work, {
        classify: () => {
          throw new Error('bad classifier');
        },
      }),
    ).toBe('done');
  });

  it('waits for the hint of the other side and up to a tenth more, never less', async () => {
    for (const [random, waitedMs] of [
      [0, 2_000],
      [1, 2_200],
    ] as const) {
      const { clock, run } = setUp();
      const { work, at } = failing(1, clock);
      await run(work, { classify: () => verdict({ retryAfterMs: 2_000 }), random: () => random });
      expect(at).toEqual([0, waitedMs]);
    }
    const { clock, run } = setUp();
    const { work, at } = failing(1, clock);
    await run(work, { classify: () => verdict({ retryAfterMs: 60_000 }) });
    expect(at[1]).toBe(61_000);
  });

  it('does not sleep past its time: it fails at once, and says why', async () => {
    const { clock, run } = setUp();
    const hinted = failing(9, clock);
    expect(
      await run(hinted.work, {
        timeoutMs: 5_000,
        classify: () => verdict({ kind: 'rate-limit', retryAfterMs: 31_536_000_000 }),
      }),
    ).toMatchObject({ stopReason: 'retry-after-too-long', code: 'RATE_LIMITED' });
    expect(hinted.at).toHaveLength(1);
    const slow = failing(9, clock);
    expect(await run(slow.work, { timeoutMs: 250 })).toMatchObject({
      stopReason: 'deadline',
      code: 'TIMEOUT',
    });
    expect(slow.at).toHaveLength(2);
  });

  it('settles when its time is up although the attempt does not listen', async () => {
    const { clock, run } = setUp();
    let signal: AbortSignal | undefined;
    const error = (await run(
      (context) => {
        signal = context.signal;
        return new Promise(() => {});
      },
      { timeoutMs: 400 },
    )) as RetryError;
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(error.cause).toMatchObject({ code: 'TIMEOUT', timeoutMs: 400 });
    expect(signal?.reason).toBe(error.cause);
    expect(clock.pending).toBe(0);
  });

  it('ends a wait at once when the caller gives up, and leaves nothing behind', async () => {
    const { clock } = setUp();
    const controller = new AbortController();
    const { work, at } = failing(9, clock);
    const result = retry(work, { clock, random: () => 1, signal: controller.signal }).catch(
      (error: unknown) => error,
    );
    await clock.advance(50);
    controller.abort('enough');
    expect(await result).toMatchObject({ stopReason: 'aborted', code: 'ABORTED' });
    expect(at).toHaveLength(1);
    expect(clock.pending).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('makes no attempt for a caller who has given up before', async () => {
    const { clock, run } = setUp();
    const { work, at } = failing(0, clock);
    expect(await run(work, { signal: AbortSignal.abort('before') })).toMatchObject({
      stopReason: 'aborted',
      outcome: 'not-sent',
      attempts: [],
    });
    expect(at).toHaveLength(0);
  });

  it('never throws a value away that came together with the abort', async () => {
    const { clock } = setUp();
    const controller = new AbortController();
    const within = retry(
      async () => {
        controller.abort('too late');
        return 'paid';
      },
      { clock, signal: controller.signal },
    );
    expect(await within).toBe('paid');
    const other = new AbortController();
    const work = Promise.withResolvers<string>();
    const before = retry(() => work.promise, { clock, signal: other.signal, timeoutMs: 50 });
    await null;
    work.resolve('paid');
    other.abort('too late');
    expect(await before).toBe('paid');
    expect(clock.pending).toBe(0);
  });

  it('sends a wait of 0 ms through a timer too, so that other work gets its turn', async () => {
    let turns = 0;
    const spin = setInterval(() => (turns += 1), 0);
    let attempts = 0;
    await retry(
      async () => {
        attempts += 1;
        if (attempts < 20) throw new Error('down');
      },
      { maxRetries: 30, random: () => 0 },
    );
    clearInterval(spin);
    expect(turns).toBeGreaterThan(5);
  });

  it('takes the tokens of a retry from its budget, gives them back on success, and stops when it is empty', async () => {
    const { clock, run } = setUp();
    const budget = new RetryBudget({ capacity: 30, minPerSecond: 0, clock });
    await run(failing(1, clock).work, { budget });
    expect(budget.available).toBe(30);
    expect(await run(failing(9, clock).work, { budget })).toMatchObject({
      stopReason: 'budget',
      code: 'BUDGET_EXHAUSTED',
    });
    expect(budget.available).toBe(2);
  });

  it('gives the tokens back when the wait is interrupted', async () => {
    const { clock } = setUp();
    const budget = new RetryBudget({ capacity: 100, clock });
    const controller = new AbortController();
    const options = { clock, budget, random: () => 1, signal: controller.signal };
    const result = retry(failing(9, clock).work, options).catch((error: unknown) => error);
    await clock.advance(10);
    expect(budget.available).toBe(86);
    controller.abort();
    await result;
    expect(budget.available).toBe(100);
  });

  it('keeps the first 16 and the last 16 records of a long story', async () => {
    const { clock, run } = setUp();
    const error = (await run(failing(99, clock).work, { maxRetries: 49, backoff: () => 1 })) as RetryError;
    expect(error.attempts.map((record) => record.attempt)).toEqual([
      ...Array.from({ length: 16 }, (_, i) => i + 1),
      ...Array.from({ length: 16 }, (_, i) => i + 35),
    ]);
    expect(error.message).toContain('after 50 attempts');
  });

  it('is not broken by a backoff that throws or answers nonsense', async () => {
    for (const backoff of [
      () => Number.NaN,
      () => -5,
      () => {
        throw new Error('bad');
      },
    ]) {
      const { clock, run } = setUp();
      expect(await run(failing(2, clock).work, { backoff })).toBe('done');
    }
  });

  it.each([
    [
      { maxRetries: -1 },
      RangeError,
      /expected `maxRetries` to be an integer of at least 0 or Infinity, got -1/,
    ],
    [{ maxRetries: 1.5 }, RangeError, /got 1.5/],
    [{ maxRetries: '3' }, TypeError, /got "3"/],
    [
      { maxAttempts: 0 },
      RangeError,
      /expected `maxAttempts` to be an integer of at least 1 or Infinity, got 0/,
    ],
    [
      { maxRetries: 1, maxAttempts: 2 },
      TypeError,
      /expected one of `maxRetries` and `maxAttempts`, got both/,
    ],
    [{ backoff: 100 }, TypeError, /expected `backoff` to be a function/],
    [{ budget: {} }, TypeError, /expected `budget` to be a RetryBudget/],
    [{ logger: {} }, TypeError, /expected `logger` to have a function `debug`/],
    [{ retries: 3 }, TypeError, /unknown option `retries` of retry/],
  ])('rejects %o before the first attempt', async (options, type, message) => {
    let ran = false;
    const error = await retry(() => (ran = true), options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect(ran).toBe(false);
  });
});
