import { getEventListeners } from 'node:events';
import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import {
  ApiCallError,
  createApiClient,
  createResilientFetch,
  forget,
  resilientApiCall,
} from '../src/index.ts';

afterEach(() => forget());

const quick = { backoff: () => 0 };
const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (thrown) => thrown,
  );

/** Where nobody listens. */
async function closedUrl(): Promise<string> {
  const server = await createFlakyServer();
  await server.close();
  return server.url;
}

test('a plain Response 503 is retried where that is harmless, and returned at the end', async () => {
  await using server = await createFlakyServer([503, 503, { json: { ok: true } }]);
  const get = () =>
    resilientApiCall(({ signal }) => fetch(server.url, { signal }), { idempotent: true, ...quick });
  expect(await (await get()).json()).toEqual({ ok: true });
  expect(server.requests).toHaveLength(3);
  server.set({ status: 503, body: 'down' });
  const last = await get();
  expect([last.status, await last.text()]).toEqual([503, 'down']);
  expect(server.requests).toHaveLength(7);
});

test('connections of answers that are retried are used again', async () => {
  await using server = await createFlakyServer([{ status: 503, body: 'x'.repeat(5_000) }, { json: {} }]);
  const fetch = createResilientFetch({ name: 'other', backoff: () => 50 });
  await (await fetch(server.url)).text();
  expect(server.requests).toHaveLength(2);
  expect(server.connections).toBe(1);
});

test('a final error is the native response, unread, with its url', async () => {
  await using server = await createFlakyServer((request) =>
    request.url === '/from' ? { status: 302, headers: { location: '/to' } } : { status: 500, body: 'down' },
  );
  const fetch = createResilientFetch({ name: 'other', maxRetries: 1, ...quick });
  const response = await fetch(`${server.url}/from`);
  expect(response).toBeInstanceOf(Response);
  expect(response).toMatchObject({
    status: 500,
    redirected: true,
    type: 'basic',
    url: `${server.url}/to`,
    bodyUsed: false,
  });
  expect(await response.text()).toBe('down');
});

test.each<[string, Record<string, string>, number]>([
  ['GET', {}, 4],
  ['PUT', {}, 4],
  ['DELETE', {}, 4],
  ['POST', {}, 1],
  ['PATCH', {}, 1],
  ['POST', { 'idempotency-key': 'k' }, 4],
])('a %s with %o that is answered 500 makes %i requests', async (method, headers, count) => {
  await using server = await createFlakyServer(500);
  const fetch = createResilientFetch({ name: 'other', ...quick });
  const body = method === 'GET' ? {} : { body: 'text' };
  expect((await fetch(server.url, { method, headers, ...body })).status).toBe(500);
  expect(server.requests.map((request) => request.idempotencyKey)).toEqual(
    new Array(count).fill(headers['idempotency-key']),
  );
});

test('`idempotent` can decide for each request', async () => {
  await using server = await createFlakyServer(500);
  const fetch = createResilientFetch({
    ...quick,
    idempotent: ({ method, url, headers }) =>
      method === 'POST' && url.endsWith('/search') && headers.has('x-search'),
  });
  await fetch(`${server.url}/search`, { method: 'POST', headers: { 'x-search': '1' } });
  expect(server.requests).toHaveLength(4);
  await fetch(`${server.url}/charge`, { method: 'POST' });
  expect(server.requests).toHaveLength(5);
});

test.each([
  ['a string', () => 'body'],
  ['a buffer', () => Buffer.from('body')],
  ['an ArrayBuffer', () => new TextEncoder().encode('body').buffer],
])('%s is sent again', async (_, body) => {
  await using server = await createFlakyServer([500, 200]);
  const fetch = createResilientFetch({ name: 'other', idempotent: true, ...quick });
  expect((await fetch(server.url, { method: 'POST', body: body() })).status).toBe(200);
  expect(server.requests.map((request) => request.body)).toEqual(['body', 'body']);
});

test('a stream and a Request with a body are sent once', async () => {
  await using server = await createFlakyServer(500);
  const fetch = createResilientFetch({ name: 'other', idempotent: true, ...quick });
  const body = new Blob(['body']).stream();
  expect((await fetch(server.url, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(500);
  expect((await fetch(new Request(server.url, { method: 'POST', body: 'body' }))).status).toBe(500);
  expect(server.requests.map((request) => request.body)).toEqual(['body', 'body']);
  expect((await fetch(new Request(server.url))).status).toBe(500);
  expect(server.requests).toHaveLength(6);
});

test('a refused connection is retried whatever the method; a reset only where that is harmless', async () => {
  const fetch = createResilientFetch({ name: 'other', ...quick });
  const refused = await thrownBy(fetch(await closedUrl(), { method: 'POST' }));
  expect(refused).toBeInstanceOf(ApiCallError);
  expect(refused).toMatchObject({ code: 'RETRIES_EXHAUSTED', outcome: 'not-sent' });
  expect((refused as ApiCallError).attempts).toHaveLength(4);
  await using server = await createFlakyServer([{ reset: true }, 200]);
  expect(await thrownBy(fetch(server.url, { method: 'POST' }))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  server.set([{ reset: true }, 200]);
  expect((await fetch(server.url)).status).toBe(200);
});

test('a forgotten key and a timeout make one request', async () => {
  await using server = await createFlakyServer({ hang: true });
  const fetch = createResilientFetch({ name: 'other', attemptTimeoutMs: 1_000 });
  expect(await thrownBy(fetch(server.url, { method: 'POST', body: 'charge' }))).toMatchObject({
    code: 'OUTCOME_UNKNOWN',
  });
  expect(server.requests).toHaveLength(1);
});

test('a 429 of an empty purse is known by its body, which is still unread', async () => {
  const error = { error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'pay' } };
  await using server = await createFlakyServer({ status: 429, json: error });
  const fetch = createResilientFetch({ name: 'other', idempotent: true });
  const response = await fetch(server.url);
  expect(server.requests).toHaveLength(1);
  expect(response.bodyUsed).toBe(false);
  expect(await response.json()).toEqual(error);
});

test('a 429 whose body never ends is a rate limit', async () => {
  await using server = await createFlakyServer([
    {
      status: 429,
      headers: { 'content-type': 'application/json', 'retry-after-ms': '1' },
      body: '{"error":{}}',
      hang: 'body',
    },
    200,
  ]);
  const fetch = createResilientFetch({ name: 'other', attemptTimeoutMs: 200 });
  expect((await fetch(server.url)).status).toBe(200);
});

test('an abort rejects with the very reason, in each phase', async () => {
  const reason = { why: 'the user left' };
  await using server = await createFlakyServer((request) =>
    request.url === '/hang'
      ? { hang: true }
      : request.url === '/limited'
        ? { status: 429, headers: { 'retry-after': '9' } }
        : 500,
  );
  const fetch = createResilientFetch({ name: 'other', backoff: () => 5_000, idempotent: true });
  expect(await thrownBy(fetch(server.url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  for (const [made, path] of ['/hang', '/backoff', '/limited', '/limited'].entries()) {
    const caller = new AbortController();
    const call = thrownBy(fetch(server.url + path, { signal: caller.signal }));
    // Not before the request has arrived and, but for the one that hangs, has been answered; the last one is not sent.
    await expect.poll(() => server.requests.length).toBe(Math.min(made + 1, 3));
    if (made > 0) await expect.poll(() => server.requests.at(-1)?.endedAt).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 100));
    caller.abort(reason);
    expect(await call).toBe(reason);
  }
  expect(server.requests).toHaveLength(3); // the last one waited at the gate
  const request = new Request(`${server.url}/hang`, { signal: AbortSignal.abort(reason) });
  expect(await thrownBy(fetch(request))).toBe(reason);
});

test('a body outlives the limits of its attempt, and an abort still cancels it', async () => {
  await using server = await createFlakyServer({ body: 'x'.repeat(100), hang: 'body' });
  const fetch = createResilientFetch({ name: 'other', timeoutMs: 1_000 });
  const caller = new AbortController();
  const response = await fetch(server.url, { signal: caller.signal });
  const reader = response.body?.getReader();
  expect((await reader?.read())?.value).toHaveLength(50);
  const rest = thrownBy(reader?.read() as Promise<unknown>);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  const reason = new Error('enough');
  caller.abort(reason);
  expect(await rest).toBe(reason);
});

test('an answer without a body leaves no listener on the caller’s signal', async () => {
  await using server = await createFlakyServer(204);
  const caller = new AbortController();
  const fetch = createResilientFetch({ name: 'other' });
  for (let made = 0; made < 20; made += 1) await fetch(server.url, { signal: caller.signal });
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
});

test('origins of one name have circuits of their own', async () => {
  await using server = await createFlakyServer(200);
  const closed = await closedUrl();
  const fetch = createResilientFetch({ name: 'other', maxRetries: 0 });
  for (let made = 0; made < 10; made += 1) await thrownBy(fetch(closed));
  expect(await thrownBy(fetch(closed))).toMatchObject({ code: 'CIRCUIT_OPEN' });
  expect((await fetch(server.url)).status).toBe(200);
  forget('other');
  expect(await thrownBy(fetch(closed))).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
});

test('what only fetch can refuse is refused by fetch', async () => {
  const fetch = createResilientFetch({ name: 'other' });
  expect(await thrownBy(fetch('/relative'))).toBeInstanceOf(TypeError);
  expect(await (await fetch('data:text/plain,hi')).text()).toBe('hi');
  expect(await thrownBy(fetch('http://127.0.0.1:3/', { headers: { 'not a name': 'x' } }))).toBeInstanceOf(
    TypeError,
  );
});

test('a circuit closes when the recovered service answers 404', async () => {
  await using server = await createFlakyServer(500);
  const client = createApiClient({ name: 'other', maxRetries: 0, breaker: { openMs: 500 } });
  const get = (): Promise<Response> => client.call(({ signal }) => fetch(server.url, { signal }));
  for (let made = 0; made < 10; made += 1) expect((await get()).status).toBe(500);
  expect(await thrownBy(get())).toMatchObject({ code: 'CIRCUIT_OPEN' });
  server.set(404);
  await new Promise((resolve) => setTimeout(resolve, 510));
  expect((await get()).status).toBe(404);
  expect(client.breaker.state).toBe('closed');
  expect(client.stats()).toMatchObject({
    calls: 12,
    failures: 12,
    failuresByCode: { REJECTED: 1, CIRCUIT_OPEN: 1 },
  });
});

test('a server that is called again and again cannot be made to run too long by its own word', async () => {
  await using server = await createFlakyServer({ status: 500, headers: { 'x-should-retry': 'true' } });
  const fetch = createResilientFetch({ name: 'other', maxRetries: 2, ...quick });
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(500);
  expect(server.requests).toHaveLength(3);
});

test.each([
  [{ idempotent: 'yes' }, /`idempotent`/],
  [{ fetch: 5 }, /`fetch`/],
  [{ signal: new AbortController().signal }, /unknown option `signal`/],
  [{ timeoutMs: -1 }, /`timeoutMs`/],
  [{ name: 'x', concurrency: -1 }, /`concurrency`/],
])('createResilientFetch refuses %o', (options, message) => {
  expect(() => createResilientFetch(options as never)).toThrow(message);
});
