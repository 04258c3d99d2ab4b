import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ApiClient,
  type ApiClientOptions,
  type CallContext,
  createApiClient,
  forget,
} from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const clientOf = (options: Partial<ApiClientOptions> = {}): ApiClient =>
  createApiClient({
    name: 'replicas',
    clock,
    idempotent: true,
    maxRetries: 0,
    hedge: { afterMs: 200 },
    ...options,
  });

interface Sent {
  readonly attempt: number;
  readonly at: number;
  readonly key: string;
  readonly signal: AbortSignal;
}

/** Requests that take so long each, or fail with a status after it, and listen to their signal. */
function replicas(...plan: readonly (number | readonly [number, number])[]) {
  const sent: Sent[] = [];
  const fn = async ({ attempt, signal, idempotencyKey }: CallContext): Promise<number> => {
    const n = sent.length;
    sent.push({ attempt, at: clock.now(), key: idempotencyKey, signal });
    const [ms, status] = [plan[n] ?? 10].flat() as [number, number?];
    await clock.sleep(ms, signal);
    if (status) throw Object.assign(new Error(`HTTP ${status}`), { status });
    return n;
  };
  return { fn, sent };
}

const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  clock.settle(call.catch((error: unknown) => error));

test('a slow request gets a second one beside it, with the same key; the first success wins', async () => {
  const client = clientOf();
  const { fn, sent } = replicas(5_000, 50);
  expect(await clock.settle(client.call(fn))).toBe(1);
  expect(clock.now()).toBe(250);
  expect(sent.map(({ at, attempt }) => [at, attempt])).toEqual([
    [0, 1],
    [200, 1],
  ]);
  expect(sent[0]?.key).toBe(sent[1]?.key);
  expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  await clock.advance(0);
  expect(client.stats()).toMatchObject({
    attempts: 2,
    callsSent: 1,
    retries: 0,
    hedges: 1,
    attemptsRunning: 0,
    attemptsOk: 1,
    attemptsByKind: { aborted: 1 },
    budget: 500, // what won gave back what it cost
    breaker: 'closed',
  });
  expect(clock.pending).toBe(0);
});

test('a fast answer costs no second request and leaves no timer', async () => {
  const client = clientOf();
  const { fn, sent } = replicas(100);
  await clock.settle(client.call(fn));
  expect([sent.length, clock.pending]).toEqual([1, 0]);
});

test('the first may still win: the second is stopped, and what it cost is spent', async () => {
  const client = clientOf();
  const { fn, sent } = replicas(300, 5_000);
  expect(await clock.settle(client.call(fn))).toBe(0);
  expect(sent[1]?.signal.aborted).toBe(true);
  expect(client.stats()).toMatchObject({ hedges: 1, budget: 487 });
});

test('a failure does not win while another runs; both failing is a failure of the worst outcome', async () => {
  const first = replicas([300, 500], 500);
  expect(await clock.settle(clientOf().call(first.fn))).toBe(1);
  const both = replicas([300, 429], [50, 500]);
  const error = await errorOf(clientOf().call(both.fn));
  expect(error).toMatchObject({ status: 500, outcome: 'unknown' });
  expect(clock.pending).toBe(0);
});

test('one that fails before it is slow is retried, not hedged', async () => {
  const client = clientOf({ maxRetries: 1, random: () => 0 });
  const { fn, sent } = replicas([50, 500], 50);
  expect(await clock.settle(client.call(fn))).toBe(1);
  expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(client.stats()).toMatchObject({ hedges: 0, retries: 1 });
});

test.each<[string, Partial<ApiClientOptions>, (client: ApiClient) => void]>([
  ['what must not be repeated', { idempotent: false }, () => {}],
  ['a full house', { concurrency: 1 }, () => {}],
  ['an empty budget', { budget: { capacity: 1, minPerSecond: 0 } }, () => {}],
  ['an open circuit', {}, (client) => client.breaker.open()],
])('%s is not hedged', async (_, options, meanwhile) => {
  const client = clientOf(options);
  const { fn, sent } = replicas(1_000);
  const call = client.call(fn);
  await clock.advance(100);
  meanwhile(client);
  expect(await clock.settle(call)).toBe(0);
  expect(sent).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test('a probe is never hedged', async () => {
  const client = clientOf({ random: () => 0 });
  client.breaker.open();
  await clock.advance(2_500);
  const { fn, sent } = replicas(1_000);
  expect(await clock.settle(client.call(fn))).toBe(0);
  expect(sent).toHaveLength(1);
});

test('a closed gate is not waited at: the request beside is skipped', async () => {
  const client = clientOf();
  const { fn, sent } = replicas(1_000);
  const call = client.call(fn);
  await clock.advance(100);
  const refused = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': '9' } });
  await client.call(() => Promise.reject(refused)).catch(() => {});
  expect(await clock.settle(call)).toBe(0);
  expect(sent).toHaveLength(1);
});

test('`p95` needs a hundred samples, and follows them', async () => {
  const client = clientOf({ hedge: { afterMs: 'p95' } });
  for (let n = 0; n < 99; n += 1) await clock.settle(client.call(() => clock.sleep(100)));
  const early = replicas(1_000);
  await clock.settle(client.call(early.fn));
  expect(early.sent).toHaveLength(1);
  await clock.advance(1_000);
  const { fn, sent } = replicas(1_000, 10);
  const startedAt = clock.now();
  expect(await clock.settle(client.call(fn))).toBe(1);
  expect((sent[1]?.at ?? 0) - startedAt).toBeGreaterThan(95);
  expect((sent[1]?.at ?? 0) - startedAt).toBeLessThan(106);
});

test('more than one beside, each after the same time', async () => {
  const client = clientOf({ hedge: { afterMs: 100, max: 3 } });
  const { fn, sent } = replicas(5_000, 5_000, 5_000, 10);
  expect(await clock.settle(client.call(fn))).toBe(3);
  expect(sent.map(({ at }) => at)).toEqual([0, 100, 200, 300]);
  await clock.advance(0);
  expect(client.stats()).toMatchObject({ attempts: 4, hedges: 3, attemptsRunning: 0 });
});

test('an abort and a closed client end all of them', async () => {
  const client = clientOf();
  const caller = new AbortController();
  const { fn, sent } = replicas(5_000, 5_000);
  const call = client.call(fn, { signal: caller.signal }).catch((error: unknown) => error);
  await clock.advance(300);
  caller.abort();
  expect(await call).toMatchObject({ code: 'ABORTED' });
  expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  const other = replicas(5_000, 5_000);
  const closing = client.call(other.fn).catch((error: unknown) => error);
  await clock.advance(300);
  const closed = client.close({ timeoutMs: 100 });
  await clock.advance(100);
  await closed;
  expect(await closing).toMatchObject({ code: 'CLOSED' });
  expect(other.sent.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  await clock.advance(0);
  expect(client.stats()).toMatchObject({ running: 0, attemptsRunning: 0 });
  expect(clock.pending).toBe(0);
});

test.each([
  [{ hedge: { afterMs: 0 } }, /`hedge.afterMs`/],
  [{ hedge: { afterMs: 'p99' } }, /`hedge.afterMs`/],
  [{ hedge: { afterMs: 5, max: 11 } }, /`hedge.max`/],
  [{ hedge: { after: 5 } }, /unknown option `after`/],
  [{ hedge: true }, /`hedge`/],
])('%o is refused', (options, message) => {
  expect(() => createApiClient({ name: 'other', ...(options as object) })).toThrow(message);
});
