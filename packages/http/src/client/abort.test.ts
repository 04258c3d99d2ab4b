import { getEventListeners } from 'node:events';
import { withDeadline } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiCallError, createApiClient, forget, resilientApiCall } from '../index.ts';

let clock: VirtualClock;
let rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);
beforeEach(() => {
  clock = createVirtualClock();
  rejections = [];
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  forget();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

const http = (status: number): Error => Object.assign(new Error(`HTTP ${status}`), { status });
const reason = new Error('the user left');
const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (thrown) => thrown,
  );
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

test('an abort before the call makes no attempt', async () => {
  let called = 0;
  const error = await thrownBy(
    resilientApiCall(() => ++called, { signal: AbortSignal.abort(reason), clock }),
  );
  expect(error).toMatchObject({ code: 'ABORTED', stopReason: 'aborted', outcome: 'not-sent', attempts: [] });
  expect((error as Error).cause).toBe(reason);
  expect(called).toBe(0);
});

test('an abort during an attempt ends it at once, listening or not', async () => {
  for (const listens of [true, false]) {
    const caller = new AbortController();
    const call = thrownBy(
      resilientApiCall(
        ({ signal }) =>
          new Promise((_, reject) => {
            if (listens) signal.addEventListener('abort', () => reject(signal.reason));
          }),
        { signal: caller.signal, clock, idempotent: true },
      ),
    );
    await clock.advance(1_000);
    caller.abort(reason);
    const error = await call;
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown', attempts: [{ kind: 'aborted' }] });
    expect((error as Error).cause).toBe(reason);
    expect(listeners(caller.signal)).toBe(0);
    expect(clock.pending).toBe(0);
  }
});

test('an abort during a backoff ends it at once, and the tokens come back', async () => {
  const caller = new AbortController();
  const client = createApiClient({ name: 'other', clock, backoff: () => 5_000, idempotent: true });
  const call = thrownBy(client.call(() => Promise.reject(http(500)), { signal: caller.signal }));
  await clock.advance(1_000);
  caller.abort(reason);
  expect(await call).toMatchObject({ code: 'ABORTED', attempts: [{ attempt: 1 }] });
  expect(client.stats().budget).toBe(500);
  expect(listeners(caller.signal)).toBe(0);
  expect(clock.pending).toBe(0);
});

test('an abort at the gate ends it at once, without an attempt', async () => {
  const client = createApiClient({ name: 'other', clock, maxRetries: 0 });
  await thrownBy(
    client.call(() => Promise.reject(Object.assign(http(429), { headers: { 'retry-after': '9' } }))),
  );
  const caller = new AbortController();
  const call = thrownBy(client.call(() => 'x', { signal: caller.signal }));
  await clock.advance(1_000);
  caller.abort(reason);
  expect(await call).toMatchObject({ code: 'ABORTED', outcome: 'not-sent', attempts: [] });
  expect(listeners(caller.signal)).toBe(0);
  expect(clock.pending).toBe(0);
});

test('an abort after the end changes nothing', async () => {
  const caller = new AbortController();
  expect(await resilientApiCall(() => 'done', { signal: caller.signal, clock })).toBe('done');
  caller.abort(reason);
});

test('a value that was there before the abort is kept', async () => {
  const caller = new AbortController();
  const call = resilientApiCall(
    async () => {
      queueMicrotask(() => caller.abort(reason));
      return 'paid';
    },
    { signal: caller.signal, clock },
  );
  expect(await call).toBe('paid');
});

test('a function that ignores its signal is settled in time; its late rejection harms nobody', async () => {
  const client = createApiClient({ name: 'other', clock, maxRetries: 0, attemptTimeoutMs: 1_000 });
  let late: (error: Error) => void = () => {};
  const call = thrownBy(client.call(() => new Promise((_, reject) => (late = reject)), { idempotent: true }));
  await clock.advance(1_000);
  expect(await call).toMatchObject({ code: 'TIMEOUT' });
  expect(client.stats().attemptsRunning).toBe(0);
  late(new Error('late'));
});

test('the attempt’s signal is aborted with its time, the reason being the timeout', async () => {
  const signals: AbortSignal[] = [];
  const call = thrownBy(
    resilientApiCall(
      ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
      { clock, timeoutMs: 10_000, idempotent: true, maxRetries: 1 },
    ),
  );
  await clock.advance(5_000);
  expect(signals[0]?.reason).toMatchObject({ code: 'TIMEOUT', timeoutMs: 5_000 });
  await clock.settle(call);
  expect(signals[1]?.aborted).toBe(true);
});

test('an enclosing deadline binds the call', async () => {
  const call = withDeadline(
    3_000,
    () =>
      thrownBy(
        resilientApiCall(() => new Promise(() => {}), { clock, idempotent: true, attemptTimeoutMs: 2_000 }),
      ),
    { clock },
  ).catch((error) => error);
  await clock.advance(3_000);
  expect(await call).toMatchObject({ code: expect.stringMatching(/TIMEOUT|DEADLINE/) });
  expect(clock.pending).toBe(0);
});

test('200,000 calls on one long-lived signal leave no listener', async () => {
  const caller = new AbortController();
  const client = createApiClient({ name: 'other' });
  const { signal } = caller;
  for (let made = 0; made < 200_000; made += 1) {
    await client.call(async (context) => ({ aborted: context.signal.aborted }), { signal });
  }
  expect(listeners(signal)).toBe(0);
  expect(client.stats()).toMatchObject({ calls: 200_000, successes: 200_000, running: 0, attempts: 200_000 });
}, 240_000);

test('what goes on after the promise stays linked to the caller', async () => {
  const caller = new AbortController();
  const seen: AbortSignal[] = [];
  const stream = await resilientApiCall(
    async ({ signal }) => {
      seen.push(signal);
      return new ReadableStream();
    },
    { signal: caller.signal, clock },
  );
  expect(stream).toBeInstanceOf(ReadableStream);
  caller.abort(reason);
  expect(seen[0]?.reason).toBe(reason);
});

test('close() refuses new calls, waits for running ones, then ends them', async () => {
  const client = createApiClient({ name: 'other', clock });
  const aborted: unknown[] = [];
  const quick = client.call(() => clock.sleep(1_000).then(() => 'quick'));
  const hung = thrownBy(
    client.call(({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      return new Promise(() => {});
    }),
  );
  const waiting = thrownBy(client.call(() => Promise.reject(http(500)), { idempotent: true, maxRetries: 9 }));
  const closing = client.close({ timeoutMs: 2_000 });
  expect(client.close()).toBeInstanceOf(Promise);
  expect(await thrownBy(client.call(() => 'x'))).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  await clock.advance(2_000);
  await closing;
  expect(await quick).toBe('quick');
  expect(await hung).toBeInstanceOf(ApiCallError);
  expect(await hung).toMatchObject({ code: 'CLOSED', outcome: 'unknown' });
  expect(await waiting).toBeInstanceOf(ApiCallError);
  expect(aborted).toHaveLength(1);
});

test('close() ends as soon as the last call has, and leaves no timer', async () => {
  const client = createApiClient({ name: 'other', clock });
  const call = client.call(() => clock.sleep(100));
  const closing = client.close();
  await clock.advance(100);
  await Promise.all([call, closing]);
  expect(clock.now()).toBe(100);
  expect(clock.pending).toBe(0);
});
