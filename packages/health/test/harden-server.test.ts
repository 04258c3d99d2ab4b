import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { loadavg } from 'node:os';
import { createHealthMonitor, type HardenServerOptions, hardenServer } from '@resilient/health';
import { errorPages } from '@resilient/health/fastify';
import fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { memoryLogger } from './support/memory-logger.ts';

let server: Server | undefined;
const logger = memoryLogger();

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener, options: HardenServerOptions): Promise<string> {
  server = createServer(listener);
  hardenServer(server, { logger, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const portOf = (url: string): number => Number(new URL(url).port);

test('a handler that does not answer is answered for, and sees a client that went away', async () => {
  const seen: string[] = [];
  const url = await serve(
    (_request, response) => {
      response.on('close', () => {
        seen.push('close');
        response.setHeader('x-late', '1');
        response.writeHead(200); // what a handler does that comes back later: nothing may be thrown
        response.end('late');
      });
    },
    { requestTimeoutMs: 1_000 },
  );
  const startedAt = performance.now();
  const response = await fetch(`${url}/report?token=secret`, { headers: { accept: 'application/json' } });
  const tookMs = performance.now() - startedAt;
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(response.headers.get('connection')).toBe('close');
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const { id, title } = (await response.json()) as { id: string; title: string };
  expect(title).toBe('We are busy right now. Please try again in a moment.');
  expect(tookMs, `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
  await expect.poll(() => seen).toEqual(['close']);
  const line = logger.of('warn').at(-1);
  expect(line?.facts).toEqual({ reqId: id, method: 'GET', path: '/report', timeoutMs: 1_000 });
});

test('a browser gets the page, and HEAD no body', async () => {
  const url = await serve(() => undefined, { requestTimeoutMs: 1_000 });
  const [page, head] = await Promise.all([
    fetch(url, { headers: { accept: 'text/html' } }),
    fetch(url, { method: 'HEAD' }),
  ]);
  expect(await page.text()).toContain('<h1>We are busy right now.');
  expect(head.status).toBe(503);
  expect(await head.text()).toBe('');
});

test('an answer that has begun goes on while it sends, and is cut when it stands still', async () => {
  const url = await serve(
    (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 0\n\n');
      if (request.url === '/silent') return;
      let count = 0;
      const beat = setInterval(() => {
        count += 1;
        response.write(`data: ${count}\n\n`);
        if (count < 12) return;
        clearInterval(beat);
        response.end();
      }, 250);
    },
    { requestTimeoutMs: 1_000 },
  );
  expect(await (await fetch(url)).text()).toContain('data: 12');
  await expect((async () => (await fetch(`${url}/silent`)).text())()).rejects.toThrow('terminated');
});

test('who sends headers slowly, or never the whole body, is told 408', async () => {
  const url = await serve(
    (request, response) => {
      request.resume().on('end', () => response.end('ok'));
    },
    { requestTimeoutMs: 2_000, headersTimeoutMs: 1_000 },
  );
  const answerTo = async (text: string): Promise<string> => {
    const socket = connect(portOf(url), '127.0.0.1');
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    await once(socket, 'close');
    return answer;
  };
  expect(await answerTo('GET / HTTP/1.1\r\nHost: x\r\nX-Slow:')).toMatch(/^HTTP\/1\.1 408 /);
  expect(await answerTo('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc')).toMatch(
    /^HTTP\/1\.1 (408|503) /,
  );
});

test('more headers than allowed are refused with 431', async () => {
  const url = await serve((_request, response) => response.end('ok'), { maxHeaderSize: 1_024 });
  expect((await fetch(url, { headers: { 'x-large': 'x'.repeat(2_000) } })).status).toBe(431);
  expect((await fetch(url)).status).toBe(200);
});

test('sets what Node leaves open, and takes its watch away', () => {
  const bare = createServer();
  const listeners = bare.listenerCount('request');
  const remove = hardenServer(bare);
  expect([bare.requestTimeout, bare.headersTimeout, bare.keepAliveTimeout]).toEqual([120_000, 15_000, 5_000]);
  expect(bare.listenerCount('request')).toBe(listeners + 1);
  remove();
  expect(bare.listenerCount('request')).toBe(listeners);
});

test('a request that was cut counts as a failure of ours', async () => {
  const monitor = createHealthMonitor({ logger });
  const app = fastify();
  await app.register(errorPages(monitor));
  app.get('/never', () => new Promise(() => undefined));
  hardenServer(app.server, { logger, requestTimeoutMs: 1_000 });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  expect((await fetch(`${url}/never`)).status).toBe(503);
  await expect.poll(() => monitor.getErrorSummary().requests).toBe(1);
  expect(monitor.getErrorSummary().errorRate).toBe(1);
  app.server.closeAllConnections();
  await app.close();
  await monitor.close();
});

test.each([
  [{ requestTimeoutMs: 10 }, /`requestTimeoutMs`/],
  [{ requestTimeoutMs: 5_000, headersTimeoutMs: 6_000 }, /`headersTimeoutMs`/],
  [{ keepAliveTimeoutMs: -1 }, /`keepAliveTimeoutMs`/],
  [{ maxHeaderSize: 10 }, /`maxHeaderSize`/],
  [{ timeout: 1 }, /`timeout`/],
])('refuses %o', (options, message) => {
  expect(() => hardenServer(createServer(), options as object)).toThrow(message);
});

test('refuses what is not a server of HTTP/1', () => {
  expect(() => hardenServer({} as Server)).toThrow(/`server`/);
  expect(() => hardenServer(createHttp2Server() as never)).toThrow(/`server`/);
});
