import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import {
  type ApiClientOptions,
  createApiClient,
  createResilientFetch,
  forget,
  resilientApiCall,
} from '../index.ts';

afterEach(() => forget());

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { status: 500 }));

test('calls of one name share a memory, others do not', async () => {
  const one = createApiClient({ name: 'one' });
  await resilientApiCall(() => 'x', { name: 'one' });
  await createApiClient({ name: 'one' }).call(() => 'x');
  await resilientApiCall(() => 'x', { name: 'two' });
  await resilientApiCall(() => 'x');
  expect(one.stats().calls).toBe(2);
});

test('the first use of a name fixes its settings', async () => {
  createApiClient({ name: 'one', concurrency: 5 });
  createApiClient({ name: 'one' });
  createApiClient({ name: 'one', concurrency: 5 });
  expect(() => createApiClient({ name: 'one', concurrency: 6 })).toThrow(
    '`concurrency` of \'one\' was fixed by its first use as {"limit":5,"queue":10000,"queueTimeoutMs":"Infinity"}, got {"limit":6,"queue":10000,"queueTimeoutMs":"Infinity"}',
  );
  expect(() => createApiClient({ name: 'one', breaker: { minCalls: 3 } })).toThrow(
    /`breaker` of 'one'.*"minCalls":20.*"minCalls":3/,
  );
  expect(() => createApiClient({ name: 'one', clock: createVirtualClock() })).toThrow(TypeError);
  await expect(resilientApiCall(() => 'x', { name: 'one', budget: false })).rejects.toThrow(
    /`budget` of 'one'/,
  );
});

test('memory options need a name', async () => {
  await expect(resilientApiCall(() => 'x', { concurrency: 5 })).rejects.toThrow(
    'expected `name` beside `concurrency`',
  );
  expect(() => createResilientFetch({ breaker: false })).toThrow('expected `name` beside `breaker`');
});

test('forget empties one name, or all; clients go on with a new memory', async () => {
  const one = createApiClient({ name: 'one', maxRetries: 0 });
  const two = createApiClient({ name: 'two', maxRetries: 0 });
  for (const client of [one, two])
    for (let made = 0; made < 10; made += 1) await client.call(down).catch(() => {});
  forget('one');
  expect(one.breaker.state).toBe('closed');
  expect(one.stats().calls).toBe(0);
  expect(await one.call(() => 'done')).toBe('done');
  expect(two.breaker.state).toBe('open');
  forget();
  expect(two.breaker.state).toBe('closed');
  expect(() => forget(1 as never)).toThrow(TypeError);
});

test('the same calls give the same history in a process that has made them before', async () => {
  const history = async (): Promise<unknown[]> => {
    forget();
    const clock = createVirtualClock({ seed: 3 });
    const client = createApiClient({ name: 'one', clock, random: clock.random, idempotent: true });
    const seen: unknown[] = [];
    for (let made = 0; made < 40; made += 1) {
      const call = client.call(() => (clock.random() < 0.6 ? down() : 'done'));
      seen.push(await clock.settle(call.catch((error: { code: string }) => error.code)), clock.now());
    }
    return [...seen, client.stats()];
  };
  const first = await history();
  expect(first).toContain('CIRCUIT_OPEN');
  expect(await history()).toEqual(first);
});

test('a memory goes with its last client', async () => {
  const first = createApiClient({ name: 'one' });
  const second = createApiClient({ name: 'one' });
  first.breaker.open();
  await first.close();
  expect(second.breaker.state).toBe('open');
  await second.close();
  expect(createApiClient({ name: 'one', concurrency: 3 }).breaker.state).toBe('closed');
});

test('two installed copies share their memories', () => {
  const key = Symbol.for('@resilient/http/memory/1');
  createApiClient({ name: 'one' });
  const shared = Reflect.get(globalThis, key) as Map<string, { name: string }>;
  expect([...shared.values()]).toMatchObject([{ name: 'one' }]);
});

test.each<[Record<string, unknown>, ErrorConstructor, RegExp]>([
  [{ name: '' }, RangeError, /`name`/],
  [{ name: 5 }, TypeError, /expected `name` to be a string, got 5/],
  [{}, TypeError, /expected `name`/],
  [{ name: 'one', maxRetrys: 1 }, TypeError, /unknown option `maxRetrys` of createApiClient/],
  [{ name: 'one', maxRetries: -1 }, RangeError, /`maxRetries`.*got -1/],
  [{ name: 'one', maxRetries: 1.5 }, RangeError, /`maxRetries`/],
  [{ name: 'one', maxRetries: 1, maxAttempts: 2 }, TypeError, /both/],
  [{ name: 'one', timeoutMs: '5' }, TypeError, /expected `timeoutMs`.*got "5"/],
  [{ name: 'one', timeoutMs: 0 }, RangeError, /`timeoutMs`/],
  [{ name: 'one', timeoutMs: Number.NaN }, TypeError, /`timeoutMs`/],
  [
    { name: 'one', timeoutMs: 5, attemptTimeoutMs: 6 },
    RangeError,
    /`attemptTimeoutMs`.*at most `timeoutMs` \(5\), got 6/,
  ],
  [{ name: 'one', idempotent: 'yes' }, TypeError, /`idempotent`/],
  [{ name: 'one', concurrency: 0 }, RangeError, /`concurrency`/],
  [{ name: 'one', maxGateMs: 0 }, RangeError, /`maxGateMs`/],
  [{ name: 'one', breaker: 5 }, TypeError, /`breaker`/],
  [{ name: 'one', breaker: { failureRate: 1.1 } }, RangeError, /`breaker.failureRate`/],
  [{ name: 'one', breaker: { rate: 1 } }, TypeError, /unknown option `rate` of breaker/],
  [{ name: 'one', budget: { capacity: 0 } }, RangeError, /`capacity`/],
  [{ name: 'one', classify: 5 }, TypeError, /`classify`/],
  [{ name: 'one', rateLimitKey: 5 }, TypeError, /`rateLimitKey`/],
  [{ name: 'one', backoff: 5 }, TypeError, /`backoff`/],
  [{ name: 'one', clock: 5 }, TypeError, /`clock`/],
  [{ name: 'one', logger: {} }, TypeError, /`logger`/],
])('createApiClient refuses %o', (options, type, message) => {
  const create = (): unknown => createApiClient(options as unknown as ApiClientOptions);
  expect(create).toThrow(type);
  expect(create).toThrow(message);
});

test('functions that answer a promise reject before the first attempt', async () => {
  let called = 0;
  const fn = (): number => ++called;
  const client = createApiClient({ name: 'one' });
  await expect(client.call(5 as never)).rejects.toThrow('expected `fn` to be a function, got 5');
  await expect(client.call(fn, { timeoutMs: -1 })).rejects.toThrow(RangeError);
  await expect(client.call(fn, { name: 'x' } as never)).rejects.toThrow('unknown option `name` of call');
  await expect(client.call(fn, { signal: {} as never })).rejects.toThrow(
    'expected `signal` to be an AbortSignal',
  );
  await expect(client.call(fn, { idempotencyKey: '' })).rejects.toThrow('`idempotencyKey`');
  await expect(resilientApiCall(fn, { retries: 1 } as never)).rejects.toThrow('unknown option `retries`');
  await expect(client.close({ timeoutMs: 0 })).rejects.toThrow('`timeoutMs`');
  expect(called).toBe(0);
});

test('wrap keeps parameters and `this`', async () => {
  const client = createApiClient({ name: 'one' });
  const service = {
    rate: 3,
    times: client.wrap(async function (this: { rate: number }, n: number) {
      return this.rate * n;
    }),
  };
  expect(await service.times(5)).toBe(15);
  expect(() => client.wrap(5 as never)).toThrow(TypeError);
});
