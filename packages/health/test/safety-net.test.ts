import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Child, hasBegun, startChild } from './support/child.ts';

/** A drain may take 25 s, and what would hold these up longer than that. */
const WELL_BEFORE_MS = 10_000;

let child: Child | undefined;

afterEach(() => {
  child?.process.kill('SIGKILL');
});

async function start(env: Record<string, string> = {}): Promise<{ child: Child; url: string }> {
  child = startChild('application.ts', env);
  const { port } = await child.line((line) => line.message === 'listening');
  return { child, url: `http://127.0.0.1:${String(port)}` };
}

const fatalLines = (of: Child): string[] =>
  of.lines.filter((line) => line.level === 'fatal').map((line) => line.message);

describe('what nobody caught', () => {
  test.each([
    ['a throw in a timer', 'timer', 'Error', 'uncaughtException'],
    ['throw null', 'null', 'null', 'uncaughtException'],
    ['a rejection', 'rejection', 'Error', 'unhandledRejection'],
    ['a rejection with undefined', 'undefined', 'undefined', 'unhandledRejection'],
  ])(
    '%s is logged once, what is open is answered, and the process exits 1',
    async (_name, how, type, origin) => {
      const { child, url } = await start();
      const slow = fetch(`${url}/slow?ms=1000`);
      await child.line(hasBegun);
      await fetch(`${url}/break/${how}`, { method: 'POST' });
      const answer = await slow;
      expect(await answer.text()).toBe('slow but done');
      expect(answer.headers.get('connection')).toBe('close');
      expect(await child.ended()).toBe(1);
      expect(fatalLines(child)).toEqual(['an error that nobody caught']);
      const fatal = child.lines.find((line) => line.level === 'fatal');
      expect(fatal).toMatchObject({ err: { type }, origin });
      expect(child.lines.find((line) => line.message === 'hook: first added')).toMatchObject({
        summary: { totalErrors: 1, errorsByType: { [type]: 1 } },
      });
      expect(
        child.lines.filter((line) => line.message.startsWith('hook')).map((line) => line.message),
      ).toEqual(['hook: last added', 'hook: first added']);
    },
  );

  test('onFatal that asks for a shutdown does not make it a good end', async () => {
    const { child, url } = await start({ ON_FATAL: 'shutdown' });
    await fetch(`${url}/break/timer`, { method: 'POST' });
    expect(await child.ended()).toBe(1);
    expect(child.lines.filter((line) => line.message === 'drained')).toHaveLength(1);
  });

  test('an error during the drain ends it at once', async () => {
    const { child, url } = await start();
    const slow = fetch(`${url}/slow?ms=5000`).catch((error: unknown) => error);
    await child.line(hasBegun);
    await fetch(`${url}/break/twice`, { method: 'POST' });
    expect(await child.ended()).toBe(1);
    expect(fatalLines(child)).toHaveLength(2);
    expect(await slow).toBeInstanceOf(Error);
  });

  test.each(['timer', 'rejection'])(
    'with fatal: exit, Node ends the process after one fatal line (%s)',
    async (how) => {
      const { child, url } = await start({ FATAL: 'exit' });
      await fetch(`${url}/break/${how}`, { method: 'POST' }).catch(() => undefined);
      expect(await child.ended()).toBe(1);
      expect(fatalLines(child)).toEqual(['an error that nobody caught']);
    },
  );
});

describe('signals', () => {
  test('SIGTERM answers what is open and exits 0', async () => {
    const { child, url } = await start();
    const slow = fetch(`${url}/slow?ms=1000`);
    await child.line(hasBegun);
    child.process.kill('SIGTERM');
    expect(await (await slow).text()).toBe('slow but done');
    expect(await child.ended()).toBe(0);
    expect(fatalLines(child)).toEqual([]);
  });

  test('during the delay readiness says 503 and everything is still answered, with Connection: close', async () => {
    const { child, url } = await start({ DRAIN_DELAY_MS: '3000' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.process.kill('SIGTERM');
    await child.line((line) => line.message === 'draining');
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('connection')).toBe('close');
    expect(Number(ready.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await ready.json()).toEqual({ status: 'draining' });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${url}/`)).text()).toContain('hello');
    expect(await child.ended()).toBe(0);
  });

  test('what is still open at the end is cut, and logged with its path but not its query', async () => {
    const { child, url } = await start({ DRAIN_TIMEOUT_MS: '1200' });
    const slow = fetch(`${url}/slow?ms=60000`).catch((error: unknown) => error);
    await child.line(hasBegun);
    const startedAt = performance.now();
    child.process.kill('SIGTERM');
    expect(await child.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(WELL_BEFORE_MS);
    expect(await slow).toBeInstanceOf(Error);
    expect(child.lines.find((line) => line.message.startsWith('requests were cut'))).toMatchObject({
      requests: ['GET /slow'],
      count: 1,
    });
  });

  test('a connection that was opened in advance does not keep the process', async () => {
    const { child, url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    await fetch(url);
    const startedAt = performance.now();
    child.process.kill('SIGTERM');
    expect(await child.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(WELL_BEFORE_MS);
  });

  test('SIGTERM in production waits 5 s for the balancer, and serves until a second one comes', async () => {
    const { child, url } = await start({ NODE_ENV: 'production' });
    child.process.kill('SIGTERM');
    await child.line((line) => line.message === 'draining');
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await fetch(url)).status).toBe(200);
    child.process.kill('SIGTERM');
    expect(await child.ended()).toBe(143);
  });

  test('event streams and upgraded connections do not keep the process, nor do keep-alive clients', async () => {
    const { child, url } = await start();
    const streamed = fetch(`${url}/events`, { headers: { accept: 'text/event-stream' } });
    const ended = (await streamed).text().catch((error: unknown) => error);
    const upgraded = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    upgraded.write('GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await once(upgraded, 'data');
    await (await fetch(url)).text();
    const startedAt = performance.now();
    child.process.kill('SIGINT');
    expect(await child.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(WELL_BEFORE_MS);
    expect(await ended).toBeInstanceOf(Error);
    expect(fatalLines(child)).toEqual([]);
  });

  test('SIGINT does not wait', async () => {
    const { child } = await start({ DRAIN_DELAY_MS: '20000', NODE_ENV: 'production' });
    const startedAt = performance.now();
    child.process.kill('SIGINT');
    expect(await child.ended()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(WELL_BEFORE_MS);
  });

  test('a second signal ends it at once, an echo of the first does not', async () => {
    const { child, url } = await start();
    const slow = fetch(`${url}/slow?ms=8000`).catch((error: unknown) => error);
    await child.line(hasBegun);
    child.process.kill('SIGTERM');
    child.process.kill('SIGTERM');
    await child.line((line) => line.message === 'draining');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(child.process.exitCode).toBe(null);
    child.process.kill('SIGTERM');
    expect(await child.ended()).toBe(143);
    expect(await slow).toBeInstanceOf(Error);
  });
});
