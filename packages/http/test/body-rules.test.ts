import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createResilientFetch, forget } from '../src/index.ts';

afterEach(() => forget());

const form = (): FormData => {
  const data = new FormData();
  data.set('field', 'body');
  return data;
};

test.each<[string, () => NonNullable<RequestInit['body']>]>([
  ['a Blob', () => new Blob(['body'])],
  ['a FormData', form],
  ['URLSearchParams', () => new URLSearchParams({ field: 'body' })],
])('%s is sent again', async (_, body) => {
  await using server = await createFlakyServer([500, 200]);
  const fetch = createResilientFetch({ name: 'other', idempotent: true, backoff: () => 0 });
  expect((await fetch(server.url, { method: 'POST', body: body() })).status).toBe(200);
  expect(server.requests.map((request) => request.body.includes('body'))).toEqual([true, true]);
});

/** A fetch whose first attempts are refused, before anything is read of the body. */
function refusedFirst(times: number): typeof globalThis.fetch {
  let made = 0;
  return (input, init) => {
    made += 1;
    if (made > times) return globalThis.fetch(input, init);
    return Promise.reject(
      new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }),
    );
  };
}

test('a stream that nobody has begun is sent again after a refused connection, and only then', async () => {
  await using server = await createFlakyServer([{ status: 429, headers: { 'retry-after': '0' } }, 200]);
  const fetch = createResilientFetch({ name: 'other', fetch: refusedFirst(2), backoff: () => 0 });
  const body = new Blob(['body']).stream();
  const response = await fetch(server.url, { method: 'POST', body, duplex: 'half' } as RequestInit);
  expect(response.status).toBe(429); // which would be repeated, were there a body to send
  expect(server.requests.map((request) => request.body)).toEqual(['body']);
});

test('so is a Request whose body is unread', async () => {
  await using server = await createFlakyServer([500, 200]);
  const fetch = createResilientFetch({
    name: 'other',
    fetch: refusedFirst(1),
    idempotent: true,
    backoff: () => 0,
  });
  const response = await fetch(new Request(server.url, { method: 'POST', body: 'body' }));
  expect(response.status).toBe(500);
  expect(server.requests.map((request) => request.body)).toEqual(['body']);
});

test('a stream that was read says that no attempt is left', async () => {
  await using server = await createFlakyServer({ reset: true });
  const fetch = createResilientFetch({ name: 'other', idempotent: true, backoff: () => 0 });
  const body = new Blob(['body']).stream();
  const call = fetch(server.url, { method: 'POST', body, duplex: 'half' } as RequestInit);
  await expect(call).rejects.toMatchObject({ code: 'RETRIES_EXHAUSTED', outcome: 'unknown' });
  expect(server.requests.length).toBeLessThanOrEqual(1);
});

test('a thousand origins and more leave no more than a thousand memories', async () => {
  const fetch = createResilientFetch({ name: 'other', fetch: async () => new Response('ok') });
  for (let n = 0; n < 3_000; n += 1) await fetch(`http://host-${n}.test/`);
  const held = (globalThis as never)[Symbol.for('@resilient/http/memory/1')] as Map<string, unknown>;
  expect(held.size).toBe(1_000);
});
