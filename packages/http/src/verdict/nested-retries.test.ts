import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiClient, createResilientFetch, forget } from '../index.ts';

const events: ResilienceEvent[] = [];
const logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => logger,
};
let unsubscribe: () => void;
beforeEach(() => {
  events.length = 0;
  unsubscribe = onResilienceEvent((event) => event.kind === 'warning' && events.push(event));
});
afterEach(() => {
  unsubscribe();
  forget();
});

test('an AWS client that retried by itself is warned about once', async () => {
  const client = createApiClient({ name: 's3', logger });
  await client.call(() => ({ $metadata: { attempts: 1 } }));
  expect(events).toEqual([]);
  await client.call(() => ({ $metadata: { attempts: 3 } }));
  await client.call(() => ({ $metadata: { attempts: 2 } }));
  expect(events).toMatchObject([{ code: 'NESTED_RETRIES', name: 's3', package: 'http' }]);
});

test('so is one that failed', async () => {
  const client = createApiClient({ name: 's3', logger, maxRetries: 0 });
  const failed = Object.assign(new Error('x'), { $metadata: { attempts: 3, httpStatusCode: 500 } });
  await client.call(() => Promise.reject(failed)).catch(() => {});
  expect(events).toHaveLength(1);
});

test('openai’s count of its retries is seen by the drop-in fetch', async () => {
  const fetch = createResilientFetch({ name: 'openai', logger, fetch: async () => new Response('ok') });
  const send = (count: string) =>
    fetch('http://127.0.0.1:1/', { headers: { 'x-stainless-retry-count': count } });
  await send('0');
  expect(events).toEqual([]);
  await send('1');
  await send('2');
  expect(events).toMatchObject([{ code: 'NESTED_RETRIES', name: 'openai http://127.0.0.1:1' }]);
});
