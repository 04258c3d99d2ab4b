import { withDeadline } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiCallError, type ApiClient, type ApiClientOptions, createApiClient, forget } from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const http = (status: number, headers: Record<string, string> = {}): Error =>
  Object.assign(new Error(`HTTP ${status}`), { status, headers });

const nothing = (): void => {};
const logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => logger,
};

const clientOf = (options: Partial<ApiClientOptions> = {}): ApiClient =>
  createApiClient({ name: 'other', clock, random: clock.random, logger, maxRetries: 0, ...options });

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

async function open(client: ApiClient, failure: () => unknown = () => http(500)): Promise<void> {
  for (let made = 0; made < 10; made += 1) await client.call(() => Promise.reject(failure())).catch(nothing);
}

/** Advances to the instant at which a probe may pass. */
async function cool(client: ApiClient): Promise<void> {
  await clock.advance((client.breaker.retryAt?.getTime() ?? 0) - clock.epochNow());
}

test('an open circuit costs no attempt, no token and no wait', async () => {
  const client = clientOf();
  await open(client);
  expect(client.breaker.state).toBe('open');
  const before = client.stats();
  const startedAt = clock.now();
  let called = 0;
  const error = await failureOf(client.call(() => ++called, { maxRetries: 3, idempotent: true }));
  expect(error).toMatchObject({
    code: 'CIRCUIT_OPEN',
    stopReason: 'circuit-open',
    outcome: 'not-sent',
    attempts: [],
  });
  expect(error.retryAt).toEqual(client.breaker.retryAt);
  expect(clock.now()).toBe(startedAt);
  expect(called).toBe(0);
  const after = client.stats();
  expect(after.attempts).toBe(before.attempts);
  expect(after.budget).toBe(before.budget);
  expect(after.refusals.circuit).toBe(before.refusals.circuit + 1);
});

test('a circuit that opens by an attempt ends the call without the wait', async () => {
  const client = clientOf();
  for (let made = 0; made < 9; made += 1) await client.call(() => Promise.reject(http(500))).catch(nothing);
  const tokens = client.stats().budget;
  const failure = http(500);
  const error = await failureOf(
    client.call(() => Promise.reject(failure), { maxRetries: 3, idempotent: true }),
  );
  expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', status: 500 });
  expect(error.attempts).toHaveLength(1);
  expect(error.cause).toBe(failure);
  expect(clock.now()).toBe(0);
  expect(client.stats().budget).toBe(tokens);
});

test('a circuit that opens during a backoff refuses the retry, and its tokens come back', async () => {
  const client = clientOf({ backoff: () => 1_000, idempotent: true });
  const tokens = client.stats().budget as number;
  const call = client.call(() => Promise.reject(http(500)), { maxRetries: 3 }).catch((error) => error);
  await clock.advance(500);
  expect(client.stats().budget).toBe(tokens - 14);
  client.breaker.open();
  expect(await clock.settle(call)).toMatchObject({ code: 'CIRCUIT_OPEN', attempts: [{ attempt: 1 }] });
  expect(client.stats().budget).toBe(tokens);
});

test('a recovered service that answers 404 closes the circuit', async () => {
  const client = clientOf();
  await open(client);
  await cool(client);
  expect(client.breaker.state).toBe('half-open');
  await failureOf(client.call(() => Promise.reject(http(404))));
  expect(client.breaker.state).toBe('closed');
});

test.each([
  ['a 404', () => http(404), 'closed'],
  ['a 429', () => http(429), 'closed'],
  ['a 501', () => http(501), 'closed'],
  ['a 500', () => http(500), 'open'],
  ['a broken connection', () => Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 'open'],
  ['a bug', () => new TypeError('x is not a function'), 'half-open'],
  ['an unknown error', () => new Error('who knows'), 'half-open'],
])('a probe that meets %s', async (_, failure, state) => {
  const client = clientOf();
  await open(client);
  await cool(client);
  await client.call(() => Promise.reject(failure())).catch(nothing);
  expect(client.breaker.state).toBe(state);
});

test.each([400, 404, 429, 501])('%i never opens it', async (status) => {
  const client = clientOf({ maxRetries: 0 });
  for (let made = 0; made < 40; made += 1) {
    await clock.settle(
      client.call(() => Promise.reject(http(status)), { rateLimitKey: String(made) }).catch(nothing),
    );
  }
  expect(client.breaker.state).toBe('closed');
});

test('bugs, unknown errors and aborts never open it', async () => {
  const client = clientOf();
  await open(client, () => new TypeError('x is not a function'));
  await open(client, () => new Error('who knows'));
  for (let made = 0; made < 20; made += 1) {
    const caller = new AbortController();
    const call = client.call(() => new Promise(() => {}), { signal: caller.signal }).catch(nothing);
    caller.abort();
    await call;
  }
  expect(client.breaker.state).toBe('closed');
});

test('callers with 5 ms left never open the circuit of a service that answers in 20 ms', async () => {
  const client = clientOf();
  const inHurry = [
    () => client.call(() => clock.sleep(20), { timeoutMs: 5 }),
    () => withDeadline(5, () => client.call(() => clock.sleep(20)), { clock }),
  ];
  for (const call of inHurry) {
    for (let made = 0; made < 40; made += 1) await clock.settle(call().catch(nothing));
    expect(client.breaker.state).toBe('closed');
  }
  for (let made = 0; made < 10; made += 1) {
    await clock.settle(client.call(() => clock.sleep(20), { attemptTimeoutMs: 5 }).catch(nothing));
  }
  expect(client.breaker.state).toBe('open');
});

test('late results of calls from before the opening are ignored', async () => {
  const client = clientOf();
  const late = client.call(() => clock.sleep(1_000).then(() => 'late'));
  await open(client);
  await clock.advance(1_000);
  expect(await late).toBe('late');
  expect(client.breaker.state).toBe('open');
});

test('a hung probe is passed by another after the time of its attempt', async () => {
  const client = clientOf({ attemptTimeoutMs: 2_000 });
  await open(client);
  await cool(client);
  const hung = client.call(() => new Promise(() => {}), { attemptTimeoutMs: 10_000 }).catch((error) => error);
  expect(await failureOf(client.call(() => 'x'))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  await clock.advance(9_999);
  expect(await failureOf(client.call(() => 'x'))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  await clock.advance(1);
  await hung;
  expect(client.breaker.state).toBe('open'); // the probe has timed out by then
});

test('leaves nothing unhandled if it is forgotten with calls under way', async () => {
  const client = clientOf({ idempotent: true, maxRetries: 3 });
  const call = client.call(({ attempt }) =>
    clock.sleep(10).then(() => (attempt < 3 ? Promise.reject(http(500)) : 'done')),
  );
  await clock.advance(5);
  forget();
  expect(await clock.settle(call)).toBe('done');
});

test('without a breaker nothing is cut off', async () => {
  const client = clientOf({ breaker: false });
  await open(client);
  await open(client);
  expect(client.breaker.state).toBe('closed');
  expect(client.stats().breaker).toBeUndefined();
});

test('with `waitForBreaker` calls wait in line: one probes, a success lets all through in their order', async () => {
  const client = clientOf({ waitForBreaker: true });
  await open(client);
  const served: number[] = [];
  const calls = Array.from({ length: 100 }, (_, n) =>
    client.call(() => clock.sleep(n === 0 ? 50 : 0).then(() => served.push(n))),
  );
  await cool(client);
  expect(client.stats()).toMatchObject({ attemptsRunning: 1, running: 100 });
  await clock.settle(Promise.all(calls));
  expect(served).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(clock.pending).toBe(0);
});

test('a probe that fails sends those away for whom the next opening is too late', async () => {
  const client = clientOf({ waitForBreaker: true, random: () => 0 });
  await open(client);
  const probe = client.call(() => Promise.reject(http(500)), { timeoutMs: 60_000 }).catch((error) => error);
  const hasty = client.call(() => 'x', { timeoutMs: 6_000 }).catch((error) => error);
  const patient = client.call(() => 'done', { timeoutMs: 60_000 });
  await clock.advance(2_500);
  expect(await probe).toMatchObject({ status: 500 });
  expect(await hasty).toMatchObject({ code: 'CIRCUIT_OPEN', attempts: [] });
  expect(await clock.settle(patient)).toBe('done');
  expect(clock.now()).toBe(7_500);
  expect(clock.pending).toBe(0);
});

test('a wait for the circuit that cannot fit is not begun, an abort ends one', async () => {
  const client = clientOf({ waitForBreaker: true });
  await open(client);
  expect(await failureOf(client.call(() => 'x', { timeoutMs: 1_000 }))).toMatchObject({
    code: 'CIRCUIT_OPEN',
  });
  expect(clock.now()).toBe(0);
  const caller = new AbortController();
  const call = client.call(() => 'x', { signal: caller.signal }).catch((error) => error);
  await clock.advance(1_000);
  caller.abort();
  expect(await call).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  expect(clock.pending).toBe(0);
});

test('a woken waiter that goes another way makes way for the next', async () => {
  const client = clientOf({ waitForBreaker: true });
  await open(client);
  await cool(client);
  const neutral = client
    .call(() => clock.sleep(10).then(() => Promise.reject(new TypeError('bug'))))
    .catch(nothing);
  const next = client.call(() => 'done');
  expect(await clock.settle(next)).toBe('done');
  await neutral;
  expect(client.breaker.state).toBe('closed');
});

test('a probe given up by its caller, or cut by a near deadline, says nothing: the next may pass at once', async () => {
  const client = clientOf({ random: () => 0 });
  await open(client);
  await cool(client);
  const caller = new AbortController();
  const left = client.call(() => new Promise(() => {}), { signal: caller.signal }).catch(nothing);
  caller.abort();
  await left;
  expect(client.breaker.state).toBe('half-open');
  await clock.settle(client.call(() => new Promise(() => {}), { timeoutMs: 5 }).catch(nothing));
  expect(client.breaker.state).toBe('half-open');
  expect(await client.call(() => 'up')).toBe('up');
  expect(client.breaker.state).toBe('closed');
});

test('a circuit that opens while a call waits at the gate refuses it, without an attempt', async () => {
  const client = clientOf();
  await client.call(() => Promise.reject(http(429, { 'retry-after': '2' }))).catch(nothing);
  const waiting = client.call(() => 'x').catch((error: unknown) => error);
  await clock.advance(1_000);
  client.breaker.open();
  expect(await clock.settle(waiting)).toMatchObject({
    code: 'CIRCUIT_OPEN',
    attempts: [],
    outcome: 'not-sent',
  });
  expect(client.stats()).toMatchObject({ attempts: 1, attemptsRunning: 0 });
  expect(clock.pending).toBe(0);
});

test('100 waiters and a probe that fails: the rest wait on, and the next probe lets them through in order', async () => {
  const client = clientOf({ waitForBreaker: true, random: () => 0 });
  await open(client);
  const sent: number[] = [];
  const calls = Array.from({ length: 100 }, (_, n) =>
    client
      .call(async () => {
        sent.push(n);
        if (n === 0) throw http(500);
        return n;
      })
      .catch((error: ApiCallError) => error.status),
  );
  await clock.advance(2_500);
  expect(sent).toEqual([0]);
  expect(await clock.settle(Promise.all(calls))).toEqual([
    500,
    ...Array.from({ length: 99 }, (_, n) => n + 1),
  ]);
  expect(sent).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(clock.now()).toBe(7_500);
  expect(clock.pending).toBe(0);
});
