import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, createResilientFetch, forget } from '../src/index.ts';

afterEach(() => forget());

test('with waits of 0 the timers and the I/O of others still run between attempts', async () => {
  await using server = await createFlakyServer({ json: { ok: true } });
  const client = createApiClient({
    name: 'eager',
    idempotent: true,
    maxRetries: 10_000,
    random: () => 0,
    breaker: false,
    budget: false,
    backoff: () => 0,
  });
  let attempts = 0;
  let isOver = false;
  const others = Promise.all([
    new Promise((resolve) => setTimeout(resolve, 10)),
    new Promise((resolve) => setImmediate(resolve)),
    fetch(server.url).then((response) => response.json()),
  ]).then(() => {
    isOver = true;
  });
  await client.call(async () => {
    attempts += 1;
    if (!isOver) throw Object.assign(new Error('down'), { status: 500 });
  });
  await others;
  expect(attempts).toBeGreaterThan(1);
  expect(attempts).toBeLessThan(10_000);
});

test('of an error body of 1 GB next to nothing is read, and the call does not wait for its end', async () => {
  let written = 0;
  const server = createServer((request, response) => {
    if (request.url === '/good') return void response.end('good');
    response.writeHead(429, {
      'content-type': 'application/json',
      'retry-after-ms': '1',
      location: '/good',
    });
    const chunk = Buffer.alloc(65_536, ' ');
    const push = (): void => {
      while (written < 2 ** 30 && !response.destroyed) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', push);
      }
      response.end();
    };
    push();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resilient = createResilientFetch({ name: 'hostile', maxRetries: 1, attemptTimeoutMs: 5_000 });
  const response = await resilient(url);
  expect(response.status).toBe(429);
  expect(response.bodyUsed).toBe(false);
  await response.body?.cancel();
  expect(written).toBeLessThan(2 ** 26); // sockets have buffers of some megabytes
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('a redirect to another origin is fetch’s affair: one call, under the memory of the first', async () => {
  await using far = await createFlakyServer([500, { body: 'far' }]);
  await using near = await createFlakyServer({ status: 307, headers: { location: `${far.url}/there` } });
  const resilient = createResilientFetch({ name: 'moved', backoff: () => 0 });
  const response = await resilient(near.url);
  expect([response.redirected, response.url, await response.text()]).toEqual([
    true,
    `${far.url}/there`,
    'far',
  ]);
  expect([near.requests.length, far.requests.length]).toEqual([2, 2]);
});

test('an open circuit of opossum keeps no timer of the process once its client is closed', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const client = createApiClient({ name: 'cut', maxRetries: 0 });
  client.breaker.open();
  await client.close();
  expect(timers()).toBeLessThanOrEqual(before);
});
