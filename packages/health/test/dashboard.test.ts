import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { BEARER, startConsole, TOKEN } from './support/console-server.ts';

const HOSTILE = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';

/** Reads server-sent events until one fits, or the stream ends. */
async function readUntil(response: Response, fits: (text: string) => boolean): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!fits(text)) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

test('whoever may not see it gets the application’s own 404, byte for byte', async () => {
  await using server = await startConsole({ token: TOKEN });
  const refused = [
    {},
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: `Basic ${btoa(`admin:${TOKEN}`)}` },
    { authorization: TOKEN },
  ];
  const nobody = await fetch(`${server.url}/nothing`);
  const expected = [nobody.status, await nobody.text(), [...nobody.headers.keys()]];
  for (const path of ['/health/dashboard', '/health/dashboard/events', '/health/detailed']) {
    for (const headers of refused) {
      const response = await fetch(server.url + path, { headers });
      expect([response.status, await response.text(), [...response.headers.keys()]]).toEqual(expected);
    }
    expect((await fetch(`${server.url + path}?token=${TOKEN}&access_token=${TOKEN}`)).status).toBe(404);
  }
});

test('the page: a strict policy, no other host, and messages as text', async () => {
  await using server = await startConsole({ token: TOKEN });
  const error = new Error(HOSTILE);
  error.name = HOSTILE;
  server.monitor.recordError(error, { route: HOSTILE });
  const response = await fetch(`${server.url}/health/dashboard/?now=1`, { headers: BEARER });
  const body = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const policy = response.headers.get('content-security-policy') ?? '';
  const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  expect(policy).toBe(
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
  );
  expect(body).not.toMatch(/<img|<script>|onerror=alert\(1\)>/);
  expect(body.match(/<script/g)).toHaveLength(
    body.match(new RegExp(`<script[^>]*nonce="${nonce.replaceAll(/[+/]/g, '\\$&')}"`, 'g'))?.length ?? 0,
  );
  expect(body).not.toMatch(/(?:src|href)="(?!data:,)/);
  const again = await fetch(`${server.url}/health/dashboard`, { headers: BEARER });
  expect(again.headers.get('content-security-policy')).not.toContain(nonce);
  const head = await fetch(`${server.url}/health/dashboard`, { method: 'HEAD', headers: BEARER });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('what happens is told within 2 s, and what does not change is not told again', async () => {
  await using server = await startConsole({ token: TOKEN });
  const events = await fetch(`${server.url}/health/dashboard/events`, { headers: BEARER });
  expect(Object.fromEntries(events.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  setTimeout(() => {
    for (let count = 0; count < 50; count += 1) server.monitor.recordError(new RangeError('no seat left'));
  }, 300);
  const startedAt = performance.now();
  const text = await readUntil(events, (all) => all.includes('no seat left'));
  expect(text).toContain('RangeError');
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 2_000);
});

test('with Basic a browser is asked, and the token is the password', async () => {
  await using server = await startConsole({ token: TOKEN, basic: true });
  const ask = (authorization?: string): Promise<Response> =>
    fetch(
      `${server.url}/health/dashboard`,
      authorization === undefined ? {} : { headers: { authorization } },
    );
  const asked = await ask();
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="health", charset="UTF-8"',
  ]);
  for (const wrong of ['Basic', 'Basic !', `Basic ${btoa('admin')}`, `Basic ${btoa(`admin:${TOKEN}x`)}`]) {
    expect((await ask(wrong)).status).toBe(401);
  }
  expect((await ask(`Basic ${btoa(`anybody:${TOKEN}`)}`)).status).toBe(200);
  expect((await ask(BEARER.authorization)).status).toBe(200);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('twenty look on, the next one is told to come again, and whoever leaves makes room', async () => {
  await using server = await startConsole({ token: TOKEN });
  const open = (controller: AbortController): Promise<Response> =>
    fetch(`${server.url}/health/dashboard/events`, { headers: BEARER, signal: controller.signal });
  const controllers = Array.from({ length: 20 }, () => new AbortController());
  for (const response of await Promise.all(controllers.map(open))) expect(response.status).toBe(200);
  const refused = await open(new AbortController());
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  controllers[7]?.abort();
  const late = new AbortController();
  await expect.poll(async () => (await open(late)).status).toBe(200);
  for (const controller of [...controllers, late]) controller.abort();
});

test('a drain closes every stream within 1 s', async () => {
  await using server = await startConsole({ token: TOKEN });
  const events = await fetch(`${server.url}/health/dashboard/events`, { headers: BEARER });
  const ended = readUntil(events, () => false);
  server.monitor.startDraining();
  const startedAt = performance.now();
  await ended;
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
  expect((await fetch(`${server.url}/health/dashboard/events`, { headers: BEARER })).status).toBe(503);
});

test('`basic` without a token is refused', async () => {
  await expect(startConsole({ basic: true })).rejects.toThrow(/`token`/);
});
