import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHealthMonitor, type HealthMonitor, type HttpCheckOptions, httpCheck } from '@resilient/health';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryLogger } from './support/memory-logger.ts';

let server: Server;
let base: string;
let asked: string[];
let respond: (response: ServerResponse) => void;
let monitor: HealthMonitor | undefined;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    respond(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await monitor?.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function stateOf(path: string, options: HttpCheckOptions = {}): Promise<unknown> {
  monitor = createHealthMonitor({ logger: memoryLogger(), checks: [httpCheck(`${base}${path}`, options)] });
  await expect.poll(() => monitor?.getReport().checks.http?.at).toBeDefined();
  return monitor.getReport().checks.http;
}

test.each([
  [200, {}, 'ok'],
  [204, {}, 'ok'],
  [301, {}, 'down'],
  [404, {}, 'down'],
  [500, {}, 'down'],
  [401, { expectStatus: 401 }, 'ok'],
  [200, { expectStatus: 204 }, 'down'],
])('a service that answers %d with %o is %s', async (status, options, word) => {
  respond = (response) => response.writeHead(status, { location: `${base}/elsewhere` }).end('a page');
  expect(await stateOf('/health?key=a-secret-key', options)).toMatchObject({
    word,
    details: { httpStatus: status },
  });
  expect(asked).toEqual(['GET /health?key=a-secret-key']);
  expect(JSON.stringify(monitor?.getReport())).not.toContain('a-secret-key');
});

test('HEAD is asked where it is said so', async () => {
  respond = (response) => response.writeHead(200).end();
  await stateOf('/', { method: 'HEAD' });
  expect(asked).toEqual(['HEAD /']);
});

test('one that hangs is a timeout, and one that nobody answers is down, in a word', async () => {
  respond = () => undefined;
  expect(await stateOf('/', { timeoutMs: 50 })).toMatchObject({ word: 'timeout' });
  await monitor?.close();
  const nobody = createHealthMonitor({
    logger: memoryLogger(),
    checks: [httpCheck('http://127.0.0.1:1/secret-path')],
  });
  monitor = nobody;
  await expect.poll(() => nobody.getReport().checks.http?.word).toBe('down');
  expect(nobody.getReport().checks.http?.details).toEqual({
    reason: expect.stringMatching(/^ECONNREFUSED$|^no connection$/),
  });
});
