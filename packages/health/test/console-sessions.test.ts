import { once } from 'node:events';
import { connect } from 'node:net';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOKEN } from './support/console-server.ts';
import { memoryLogger } from './support/memory-logger.ts';
import { SESSION_HOSTS, type SessionSite } from './support/session-hosts.ts';

const PATHS = ['/health/detailed', '/health/dashboard', '/health/dashboard/events', '/metrics'];

let monitor: HealthMonitor;
let site: SessionSite;
/** The same application without a console. */
let bare: SessionSite;
/** The same with a console that nobody was given access to. */
let closed: SessionSite;

beforeEach(() => {
  monitor = createHealthMonitor({ logger: memoryLogger() });
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
  await bare[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  await monitor.close();
});

/** Logs in, and answers the cookies to go on with; none for `anonymous`. */
async function logIn({ url }: SessionSite, role: string): Promise<string> {
  if (role === 'anonymous') return '';
  const response = await fetch(`${url}/login/${role}`);
  expect([response.status, await response.text()]).toEqual([200, 'in']);
  const cookies = response.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
  expect(cookies.length).toBeGreaterThan(0);
  return cookies.join('; ');
}

/** One request. */
interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly cookie: string;
  readonly authorization?: string;
}

/** Everything that comes over the socket, to its end; the date is masked, and a session's cookie, encrypted anew each time. */
async function bytes(
  { url }: SessionSite,
  { method = 'GET', path, cookie, authorization }: Asked,
): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(socket, 'end');
  const head = [`${method} ${path} HTTP/1.1`, 'Host: school.example', 'Connection: close'];
  if (cookie !== '') head.push(`Cookie: ${cookie}`);
  if (authorization !== undefined) head.push(`Authorization: ${authorization}`);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await ended;
  socket.destroy();
  return Buffer.concat(chunks)
    .toString('latin1')
    .replace(/^date: .*$/im, 'date: masked')
    .replace(/^set-cookie: sid=[^;]+/im, 'set-cookie: sid=masked');
}

describe.each(SESSION_HOSTS)('with sessions of $name', ({ start }) => {
  beforeEach(async () => {
    site = await start(monitor);
    bare = await start();
    closed = await start(monitor, 'nobody');
  });

  test('who is logged in as an administrator sees the console', async () => {
    const cookie = await logIn(site, 'admin');
    for (const path of PATHS) {
      const controller = new AbortController();
      const response = await fetch(site.url + path, { headers: { cookie }, signal: controller.signal });
      expect([path, response.status]).toEqual([path, 200]);
      // A stream of events has no end.
      controller.abort();
    }
  });

  test.each(['student', 'anonymous', 'throws', 'silent'])(
    'who is not (%s) gets the application’s own 404, byte for byte',
    async (role) => {
      const [cookie, bareCookie] = [await logIn(site, role), await logIn(bare, role)];
      const asked = [
        ...PATHS,
        '/health/detailed/',
        `/health/detailed?token=${TOKEN}`,
        `/metrics?access_token=${TOKEN}`,
        `/health/dashboard?authorization=Bearer%20${TOKEN}`,
      ].flatMap((path) => ['GET', 'HEAD', 'POST'].map((method) => ({ path, method })));
      const [given, expected] = await Promise.all([
        Promise.all(asked.map((one) => bytes(site, { ...one, cookie }))),
        Promise.all(asked.map((one) => bytes(bare, { ...one, cookie: bareCookie }))),
      ]);
      expect(given).toEqual(expected);
      expect(given.map((answer) => answer.slice(0, 12))).toEqual(given.map(() => 'HTTP/1.1 404'));
    },
  );

  test('with neither `authorize` nor a token nobody sees it, whatever he brings', async () => {
    for (const path of PATHS) {
      const [cookie, bareCookie] = [await logIn(closed, 'admin'), await logIn(bare, 'admin')];
      const authorization = `Bearer ${TOKEN}`;
      const expected = await bytes(bare, { path, cookie: bareCookie, authorization });
      expect(await bytes(closed, { path, cookie, authorization })).toBe(expected);
      expect(expected).toMatch(/^HTTP\/1\.1 404 /);
    }
  });
});
