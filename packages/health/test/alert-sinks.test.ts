import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import {
  type AlertMail,
  createHealthMonitor,
  emailSink,
  type HealthMonitor,
  type HealthMonitorOptions,
  sentrySink,
  webhookSink,
} from '@resilient/health';
import * as Sentry from '@sentry/node';
import nodemailer from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from './support/memory-logger.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let base: string;
let received: Received[];
let respond: (request: Received, response: ServerResponse) => void;
let logger: MemoryLogger;
let monitors: HealthMonitor[];

const ok = (_request: Received, response: ServerResponse): void => void response.writeHead(204).end();

beforeEach(async () => {
  received = [];
  respond = ok;
  logger = memoryLogger();
  monitors = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const one = { url: request.url ?? '', headers: request.headers, body };
    received.push(one);
    respond(one, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const monitor of monitors) await monitor.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function monitorWith(alerts: HealthMonitorOptions['alerts']): HealthMonitor {
  const monitor = createHealthMonitor({
    name: 'school',
    logger,
    ...(alerts === undefined ? {} : { alerts }),
  });
  monitors.push(monitor);
  return monitor;
}

const LETTERS = 'abcdefghijklmnop';

/** Makes the same error 11 times; another kind each. */
function fire(monitor: HealthMonitor, kind: number): void {
  for (let i = 0; i < 11; i += 1)
    monitor.recordError({ name: 'StockError', message: `no stock of kind ${LETTERS[kind]}` });
}

const keys = (): string[] =>
  received.map(({ body }) => (JSON.parse(body) as { errorMessage: string }).errorMessage.slice(-1));

test('a webhook gets the notice, signed; the URL is nowhere in the log', async () => {
  const monitor = monitorWith({
    sinks: [webhookSink(`${base}/hooks/T0/secret-path`, { secret: 'sixteen characters' })],
  });
  fire(monitor, 0);
  await expect.poll(() => received.length).toBe(1);
  expect(received[0]?.headers['x-resilient-signature']).toMatch(/^t=\d{10},v1=[0-9a-f]{64}$/);
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ rule: 'repeated-error', count: 11 });
  expect(JSON.stringify(logger.lines)).not.toContain('secret-path');
});

test('a sink that answers 500, then 429 with Retry-After, loses neither this alert nor the next', async () => {
  const arrivals: number[] = [];
  respond = (_request, response) => {
    arrivals.push(performance.now());
    if (arrivals.length === 1) response.writeHead(500).end('a stack trace');
    else if (arrivals.length === 2) response.writeHead(429, { 'retry-after': '2' }).end();
    else response.writeHead(200).end();
  };
  const monitor = monitorWith({ sinks: [webhookSink(`${base}/secret-path`)] });
  fire(monitor, 0);
  fire(monitor, 1);
  expect(received, 'nobody waits for a sink').toEqual([]);
  await expect.poll(keys, { timeout: 30_000 }).toEqual(['a', 'a', 'a', 'b']);
  expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(950);
  expect((arrivals[2] ?? 0) - (arrivals[1] ?? 0)).toBeGreaterThan(1_950);
  expect(logger.of('warn').map(({ facts }) => facts.reason)).toEqual(['it answered 500', 'it answered 429']);
  expect(JSON.stringify(logger.lines)).not.toMatch(/secret-path|stack trace/);
});

test('a sink that hangs is cut after 3 s, and the next alert comes through', async () => {
  let hung = 0;
  respond = (request, response) => {
    if (request.body.includes('kind a') && hung === 0) hung += 1;
    else ok(request, response);
  };
  const monitor = monitorWith({ sinks: [webhookSink(base)] });
  fire(monitor, 0);
  fire(monitor, 1);
  expect(received, 'nobody waits for a sink').toEqual([]);
  await expect.poll(keys, { timeout: 30_000 }).toEqual(['a', 'a', 'b']);
  expect(logger.of('warn').map(({ facts }) => facts.reason)).toEqual(['no answer in 3000 ms']);
});

test('a redirect is not followed: its target gets nothing, and the next alert comes through', async () => {
  let target = 0;
  const other = createServer((_request, response) => {
    target += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/elsewhere`;
  for (const code of [301, 302, 307, 308]) {
    received.length = 0;
    respond = (request, response) => {
      if (request.body.includes('kind a')) response.writeHead(code, { location }).end();
      else ok(request, response);
    };
    const monitor = monitorWith({ sinks: [webhookSink(`${base}/${code}`)] });
    fire(monitor, 0);
    fire(monitor, 1);
    await expect.poll(keys).toEqual(['a', 'b']);
  }
  expect(target).toBe(0);
  expect(logger.of('error').map(({ facts }) => facts.reason)).toEqual(
    new Array(4).fill('it answered with a redirect, which is not followed'),
  );
  other.close();
});

test('nobody listens: one sink that cannot be reached keeps nothing from another', async () => {
  const monitor = monitorWith({
    sinks: [webhookSink('http://127.0.0.1:1/', { name: 'nobody' }), webhookSink(base)],
  });
  fire(monitor, 0);
  await expect.poll(keys).toEqual(['a']);
  await expect.poll(() => logger.of('warn').length).toBeGreaterThan(0);
  expect(logger.of('warn')[0]?.facts).toMatchObject({
    sink: 'nobody',
    reason: expect.stringMatching(/^[A-Z_]+$|^no connection$/),
  });
});

test('close sends what waits, and does not wait for a sink that hangs longer than 2 s', async () => {
  respond = (request, response) => {
    if (request.url !== '/hangs') ok(request, response);
  };
  const monitor = monitorWith({
    sinks: [webhookSink(`${base}/hangs`, { name: 'hangs' }), webhookSink(base)],
  });
  for (let kind = 0; kind < 5; kind += 1) fire(monitor, kind);
  const startedAt = performance.now();
  await monitor.close();
  expect(performance.now() - startedAt, `3 times 2 s, load ${loadavg()[0]}`).toBeLessThan(6_000);
  expect(received.filter(({ url }) => url === '/')).toHaveLength(5);
  expect(logger.of('error')).toMatchObject([{ facts: { sink: 'hangs', lost: 5 } }]);
});

test('nodemailer builds the mail: no header of its own comes out of a message', async () => {
  const built: string[] = [];
  const real = nodemailer.createTransport({ streamTransport: true, buffer: true });
  const transport = {
    sendMail: async (mail: AlertMail) => {
      const { message } = await real.sendMail(mail);
      built.push(String(message));
    },
  };
  const monitor = monitorWith({
    sinks: [emailSink(transport, { from: 'app@example.com', to: 'oncall@example.com' })],
  });
  for (let i = 0; i < 11; i += 1)
    monitor.recordError({ name: 'Err\r\nBcc: evil@example.net', message: 'x\r\n\r\nBcc: evil@example.net' });
  await expect.poll(() => built.length).toBe(1);
  const [head = ''] = (built[0] ?? '').split('\r\n\r\n');
  expect(head).toMatch(/^Subject: \[school\] CRITICAL/m);
  expect(head).not.toMatch(/^Bcc/m);
  expect(head).toMatch(/^Content-Type: text\/plain/m);
});

test('the real Sentry sends the alert once, and close flushes it', async () => {
  Sentry.init({
    dsn: `http://key@127.0.0.1:${new URL(base).port}/1`,
    defaultIntegrations: false,
    tracesSampleRate: 0,
  });
  const monitor = monitorWith({ sinks: [sentrySink(Sentry)] });
  fire(monitor, 0);
  await monitor.close();
  const events = received
    .flatMap(({ body }) => body.split('\n'))
    .filter((line) => line.includes('"fingerprint"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({
    level: 'fatal',
    message: 'CRITICAL: the same error more than 10 times within 1 hour: StockError',
    fingerprint: [expect.stringMatching(/^school\/repeated-error\/1-/)],
    tags: { rule: 'repeated-error', state: 'fired' },
    contexts: { alert: { count: 11, errorMessage: 'no stock of kind a' } },
  });
  await Sentry.close(1_000);
});
