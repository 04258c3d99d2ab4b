import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ApiCallError,
  type ApiCallOptions,
  type CallContext,
  createApiClient,
  forget,
  resilientApiCall,
} from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

/** Fails with what is listed, in turn, then answers `done`. */
function failing(...failures: unknown[]) {
  const attempts: number[] = [];
  const fn = async ({ attempt }: CallContext): Promise<string> => {
    attempts.push(attempt);
    if (attempt <= failures.length) throw failures[attempt - 1];
    return 'done';
  };
  return { fn, attempts };
}

const http = (status: number, headers: Record<string, string> = {}): Error =>
  Object.assign(new Error(`HTTP ${status}`), { status, headers });

const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const make = <T>(fn: (context: CallContext) => T | Promise<T>, options: ApiCallOptions = {}): Promise<T> =>
  resilientApiCall(fn, { clock, random: clock.random, ...options });

/** The error of a call that must fail. */
async function failureOf(call: Promise<unknown>): Promise<ApiCallError> {
  const error: unknown = await clock.settle(
    call.then(
      () => 'no error',
      (thrown: unknown) => thrown,
    ),
  );
  expect(error).toBeInstanceOf(ApiCallError);
  return error as ApiCallError;
}

test.each([400, 401, 403, 404, 409, 422, 501, 505])('a %i is answered after one attempt', async (status) => {
  const { fn, attempts } = failing(http(status));
  const error = await failureOf(make(fn, { idempotent: true }));
  expect(error).toMatchObject({ code: 'REJECTED', stopReason: 'permanent', status, outcome: 'rejected' });
  expect(attempts).toEqual([1]);
});

test.each([408, 500, 502, 503, 504, 522])('a %i is repeated if that is harmless', async (status) => {
  const { fn, attempts } = failing(http(status), http(status));
  expect(await clock.settle(make(fn, { idempotent: true }))).toBe('done');
  expect(attempts).toEqual([1, 2, 3]);
});

test.each([
  ['a 500', () => http(500)],
  ['a reset', () => Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
])('%s is not repeated if nobody says that it may be', async (_, failure) => {
  const { fn, attempts } = failing(failure());
  const error = await failureOf(make(fn));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', stopReason: 'unknown-outcome', outcome: 'unknown' });
  expect(error.message).toMatch(/idempotent: true.*idempotencyKey/);
  expect(attempts).toEqual([1]);
});

test.each([
  ['a refused connection', refused],
  ['a 429', () => http(429)],
  ['a 503 with a hint', () => http(503, { 'retry-after': '1' })],
  ['a 529', () => http(529)],
  ['the server’s own word', () => http(500, { 'x-should-retry': 'true' })],
])('%s is repeated although repeating is not harmless', async (_, failure) => {
  const { fn, attempts } = failing(failure());
  expect(await clock.settle(make(fn, { idempotent: false }))).toBe('done');
  expect(attempts).toEqual([1, 2]);
});

test('a forgotten key and a timeout make one request', async () => {
  let requests = 0;
  const hang = (): Promise<never> => {
    requests += 1;
    return new Promise(() => {});
  };
  const error = await failureOf(make(hang, { idempotencyKey: 'order-1' }));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
  expect(requests).toBe(1);
});

test('a key that was read is the same for each attempt', async () => {
  const keys: string[] = [];
  const charge = async ({ attempt, idempotencyKey }: CallContext): Promise<string> => {
    keys.push(idempotencyKey, idempotencyKey);
    if (attempt < 4) throw http(500);
    return 'charged';
  };
  expect(await clock.settle(make(charge))).toBe('charged');
  expect(keys).toHaveLength(8);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  keys.length = 0;
  await clock.settle(make(charge, { idempotencyKey: 'order-1' }));
  expect(new Set(keys)).toEqual(new Set(['order-1']));
});

test('`idempotent: false` is the last word, whoever read the key', async () => {
  const error = await failureOf(
    make(
      async ({ idempotencyKey }) => {
        throw http(500, { key: idempotencyKey });
      },
      { idempotent: false },
    ),
  );
  expect(error.code).toBe('OUTCOME_UNKNOWN');
});

test('a timeout and then a 400 leave the outcome unknown', async () => {
  const error = await failureOf(
    make(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : Promise.reject(http(400))), {
      idempotent: true,
    }),
  );
  expect(error).toMatchObject({ code: 'REJECTED', outcome: 'unknown', status: 400 });
  expect(error.attempts.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['timeout', 'unknown'],
    ['invalid', 'rejected'],
  ]);
});

test('an unknown error is not repeated', async () => {
  const failure = new Error('who knows');
  const { fn, attempts } = failing(failure);
  const error = await failureOf(make(fn, { idempotent: true }));
  expect(error).toMatchObject({ code: 'REJECTED', outcome: 'unknown' });
  expect(error.cause).toBe(failure);
  expect(Object.keys(error)).not.toContain('cause');
  expect(attempts).toEqual([1]);
});

test('a bug in the function comes back as the same object, after one attempt', async () => {
  const bug = new TypeError('x is not a function');
  const { fn, attempts } = failing(bug);
  await expect(make(fn, { idempotent: true, name: 'other' })).rejects.toBe(bug);
  await expect(
    make(() => {
      throw bug;
    }),
  ).rejects.toBe(bug);
  expect(attempts).toEqual([1]);
});

test('a validator’s error comes back as the same object', async () => {
  const invalid = Object.assign(new Error('no name'), { name: 'ValidationError' });
  await expect(make(failing(invalid).fn)).rejects.toBe(invalid);
});

const cyclic: { cause?: unknown } = new Error('cyclic');
cyclic.cause = cyclic;
const hostile = (): object =>
  new Proxy(new Error('hostile'), {
    get() {
      throw new Error('no');
    },
  });

test.each([
  ['a frozen error', Object.freeze(http(500))],
  ['a thrown undefined', undefined],
  ['a DOMException of its own', new DOMException('x', 'AbortError')],
  ['a proxy whose traps throw', hostile()],
  ['a cause that is its own', cyclic],
])('%s breaks nothing', async (_, thrown) => {
  const error = await failureOf(make(failing(thrown).fn, { maxRetries: 0 }));
  expect(error.cause).toBe(thrown);
});

test('says why it ended, with a code for each reason', async () => {
  const attempts = await failureOf(
    make(failing(http(500), http(500)).fn, { idempotent: true, maxRetries: 1 }),
  );
  expect(attempts).toMatchObject({ code: 'RETRIES_EXHAUSTED', stopReason: 'attempts', status: 500 });
  const limited = await failureOf(make(failing(http(429), http(429)).fn, { maxAttempts: 2 }));
  expect(limited).toMatchObject({ code: 'RATE_LIMITED', stopReason: 'attempts', status: 429 });
  expect(limited.retryAt).toBeInstanceOf(Date);
  const timeout = await failureOf(make(() => new Promise(() => {}), { idempotent: true, timeoutMs: 1_000 }));
  expect(timeout.code).toBe('TIMEOUT');
  expect(timeout.message).toContain('timed out');
  const last = await failureOf(make(() => new Promise(() => {}), { idempotent: true, maxRetries: 0 }));
  expect(last).toMatchObject({ code: 'TIMEOUT', stopReason: 'attempts' });
  expect(last.message).toContain('timed out');
});

test('a message holds nothing of the request', async () => {
  const failure = Object.assign(
    new Error('POST https://u:hunter2@x.test/a?token=abc failed, Bearer sk-live-123456'),
    { status: 400 },
  );
  const error = await failureOf(make(failing(failure).fn));
  expect(JSON.stringify(error) + error.message).not.toMatch(/hunter2|abc|123456/);
});

test('the wait is the larger of backoff and hint, and a hint is never cut', async () => {
  const before = clock.now();
  await clock.settle(make(failing(http(503, { 'retry-after': '7' })).fn));
  expect(clock.now() - before).toBeGreaterThanOrEqual(7_000);
  expect(clock.now() - before).toBeLessThanOrEqual(7_700);
});

test('a hint that does not fit ends the call at once, with the time to come again', async () => {
  for (const retryAfter of ['60', '61', '31536000']) {
    const before = clock.now();
    const error = await failureOf(
      make(failing(http(429, { 'retry-after': retryAfter })).fn, { timeoutMs: 59_000 }),
    );
    expect(error).toMatchObject({ code: 'RATE_LIMITED', stopReason: 'retry-after-too-long' });
    expect(error.retryAt?.getTime()).toBe(clock.epochNow() + Number(retryAfter) * 1_000);
    expect(clock.now()).toBe(before);
  }
});

test('after a rate limit without a hint it waits from a second on', async () => {
  const waits: number[] = [];
  await clock.settle(
    make(failing(http(429), http(429)).fn, { random: () => 1 - Number.EPSILON, timeoutMs: 100_000 }).then(
      () => {
        waits.push(clock.now());
      },
    ),
  );
  expect(waits[0]).toBeCloseTo(3_000, 3);
});

test('an attempt gets half of the time, so that a second one fits', async () => {
  const startedAt: number[] = [];
  const error = await failureOf(
    make(
      () => {
        startedAt.push(clock.now());
        return new Promise(() => {});
      },
      { idempotent: true, timeoutMs: 10_000, random: () => 0 },
    ),
  );
  expect(startedAt).toEqual([0, 5_000]);
  expect(clock.now()).toBe(10_000);
  expect(error.attempts.map(({ durationMs }) => durationMs)).toEqual([5_000, 5_000]);
});

test('limits of a client are shortened by those of a call', async () => {
  const client = createApiClient({ name: 'other', attemptTimeoutMs: 20_000, clock });
  const seen: number[] = [];
  const hang = ({ deadline }: CallContext): Promise<never> => {
    seen.push(deadline);
    return new Promise(() => {});
  };
  await failureOf(client.call(hang, { timeoutMs: 1_000 }));
  expect(seen).toEqual([1_000]);
  expect(clock.now()).toBe(1_000);
});

test('a value judged a failure is repeated, and handed on at the end', async () => {
  const transient = { transient: true, kind: 'server', outcome: 'rejected' } as const;
  const classifyResult = (value: unknown) => (value === 'busy' ? transient : undefined);
  let made = 0;
  const fn = async (): Promise<string> => {
    made += 1;
    return made < 3 ? 'busy' : 'ready';
  };
  expect(await clock.settle(make(fn, { classifyResult }))).toBe('ready');
  made = -9;
  expect(await clock.settle(make(fn, { classifyResult }))).toBe('busy');
});

test('a classifier of the caller’s is asked first, and may throw', async () => {
  const classify = (error: unknown) =>
    (error as Error).message === 'printer busy'
      ? ({ transient: true, kind: 'overload', outcome: 'rejected' } as const)
      : undefined;
  expect(await clock.settle(make(failing(new Error('printer busy')).fn, { classify }))).toBe('done');
  const throwing = (): never => {
    throw new Error('oops');
  };
  const options = { classify: throwing, classifyResult: throwing, idempotent: true };
  expect(await clock.settle(make(failing(http(500)).fn, options))).toBe('done');
});

test('tells its retries and its end to those who listen; a listener that throws changes nothing', async () => {
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => {
    events.push(event);
    throw new Error('listener');
  });
  await failureOf(make(failing(http(500), http(500)).fn, { name: 'other', idempotent: true, maxRetries: 1 }));
  stop();
  expect(events.filter(({ name, replay }) => name === 'other' && !replay)).toMatchObject([
    { kind: 'retry', package: 'http', attempt: 1, failure: 'server', code: '500' },
    { kind: 'exhausted', package: 'http', code: 'RETRIES_EXHAUSTED', attempts: 2 },
  ]);
});

test('leaves no timer behind, however it ends', async () => {
  await clock.settle(make(failing(http(500)).fn, { name: 'other', idempotent: true }));
  await failureOf(make(() => new Promise(() => {}), { name: 'other' }));
  expect(clock.pending).toBe(0);
});
