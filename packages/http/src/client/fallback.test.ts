import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiCallError, createApiClient, createResilientFetch, forget, resilientApiCall } from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { status: 503 }));

test('a value, or a function of the error, answers in place of a final failure, which is counted', async () => {
  const client = createApiClient({ name: 'other', clock, maxRetries: 0 });
  expect(await client.call(down, { fallback: 'old' })).toBe('old');
  const fallback = vi.fn((error: ApiCallError) => error.code);
  expect(await client.call(down, { fallback })).toBe('OUTCOME_UNKNOWN');
  expect(await client.call(down, { fallback: async () => undefined })).toBeUndefined();
  expect(await client.call(down, { fallback: null })).toBeNull();
  expect(client.stats()).toMatchObject({ failures: 4, successes: 0, running: 0 });
});

test('refusals of ours have it as well', async () => {
  const client = createApiClient({ name: 'other', clock });
  client.breaker.open();
  expect(await client.call(down, { fallback: 'old' })).toBe('old');
});

test('who gave up, who closed and who has a bug gets the error', async () => {
  const client = createApiClient({ name: 'other', clock });
  const gone = client.call(down, { fallback: 'old', signal: AbortSignal.abort() });
  await expect(gone).rejects.toMatchObject({ code: 'ABORTED' });
  const bug = new TypeError('x is not a function');
  await expect(client.call(() => Promise.reject(bug), { fallback: 'old' })).rejects.toBe(bug);
  await client.close();
  await expect(client.call(down, { fallback: 'old' })).rejects.toMatchObject({ code: 'CLOSED' });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no cache either');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no cache either'))],
  ['hangs', () => new Promise<never>(() => {})],
])('one that %s leaves the call’s own error, and is told', async (_, fallback) => {
  const events: ResilienceEvent[] = [];
  const unsubscribe = onResilienceEvent((event) => events.push(event));
  const call = resilientApiCall(down, { clock, maxRetries: 0, fallback }).catch((error: unknown) => error);
  expect(await clock.settle(call)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(clock.now()).toBeLessThanOrEqual(1_000);
  expect(events.filter(({ kind }) => kind === 'fallback')).toMatchObject([{ ok: false }]);
  expect(events.filter(({ kind }) => kind === 'error')).toHaveLength(1);
  expect(clock.pending).toBe(0);
  unsubscribe();
});

test('a value that was judged a failure is replaced as well', async () => {
  const bad = () => Promise.resolve(new Response('down', { status: 500 }));
  const answer = await resilientApiCall(bad, { clock, fallback: (error) => error.status });
  expect(answer).toBe(500);
});

test('for a fetch it makes a new response each time', async () => {
  const fetch = createResilientFetch({
    clock,
    fetch: () => Promise.resolve(new Response('down', { status: 500 })),
    maxRetries: 0,
    fallback: (error) => new Response(`instead of ${error.status}`),
  });
  for (let made = 0; made < 2; made += 1) {
    expect(await (await fetch('http://127.0.0.1:1/')).text()).toBe('instead of 500');
  }
  expect(() => createResilientFetch({ fallback: new Response('') as never })).toThrow(/`fallback`/);
});

test('the type of the result is that of either', async () => {
  const answer: number | string = await resilientApiCall(() => 5, { fallback: 'five' });
  expect(answer).toBe(5);
  expect(
    new ApiCallError({ message: 'x', stopReason: 'attempts', attempts: [], outcome: 'unknown' }).code,
  ).toBe('RETRIES_EXHAUSTED');
});

test('a client takes none, since nobody could tell the type of its calls', () => {
  expect(() => createApiClient({ name: 'other', fallback: 5 } as never)).toThrow(/unknown option `fallback`/);
});
