import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { type SentryServer, startSentryServer } from './support/sentry-server.ts';

let sentry: SentryServer;
let child: Child | undefined;

beforeEach(async () => {
  sentry = await startSentryServer();
});

afterEach(async () => {
  child?.process.kill('SIGKILL');
  await sentry.close();
});

async function start(env: Record<string, string>): Promise<{ child: Child; url: string }> {
  child = startChild('application.ts', { SENTRY_DSN: sentry.dsn, ...env });
  const { port } = await child.line((line) => line.message === 'listening');
  return { child, url: `http://127.0.0.1:${String(port)}` };
}

/** Breaks the application while a request is open, and waits for its end. */
async function breakIt(env: Record<string, string>, how: string): Promise<{ child: Child; answer: string }> {
  const { child, url } = await start(env);
  const slow = fetch(`${url}/slow?ms=1000`);
  await child.line((line) => line.message === 'slow began');
  await fetch(`${url}/break/${how}`, { method: 'POST' });
  const answer = await (await slow).text();
  expect(await child.ended()).toBe(1);
  return { child, answer };
}

const fatalLines = (of: Child): number => of.lines.filter((line) => line.level === 'fatal').length;

const KINDS = [
  ['a throw in a timer', 'timer', 'Error', 'uncaughtException'],
  ['throw null', 'null', 'null', 'uncaughtException'],
  ['a rejection', 'rejection', 'Error', 'unhandledRejection'],
  ['a rejection with undefined', 'undefined', 'undefined', 'unhandledRejection'],
] as const;

describe('beside @sentry/node', () => {
  test.each(KINDS)(
    '%s is recorded once, sent once, what is open is answered, and the process exits 1',
    async (_name, how, type, origin) => {
      const { child, answer } = await breakIt({}, how);
      expect(answer).toBe('slow but done');
      expect(fatalLines(child)).toBe(1);
      expect(child.lines.find((line) => line.level === 'fatal')).toMatchObject({ err: { type }, origin });
      expect(child.lines.find((line) => line.message === 'hook: first added')).toMatchObject({
        summary: { totalErrors: 1, errorsByType: { [type]: 1 } },
      });
      expect(sentry.events).toHaveLength(1);
      expect(sentry.events[0]?.exception?.values.at(-1)?.mechanism).toMatchObject({
        handled: false,
        type: `auto.node.on${origin.toLowerCase()}`,
      });
    },
  );

  test.each(KINDS)(
    'where Sentry has no handlers of its own, %s is sent by the net, once',
    async (_name, how) => {
      const { child, answer } = await breakIt({ SENTRY_HANDLERS: 'none' }, how);
      expect(answer).toBe('slow but done');
      expect(fatalLines(child)).toBe(1);
      expect(sentry.events).toHaveLength(1);
      expect(sentry.events[0]).toMatchObject({ level: 'fatal' });
    },
  );

  test.each(['null', 'rejection'])(
    'Sentry that starts after the net takes nothing from it (%s)',
    async (how) => {
      const { child, answer } = await breakIt({ SENTRY_LATE: '1' }, how);
      expect(answer).toBe('slow but done');
      expect(fatalLines(child)).toBe(1);
      expect(child.lines.filter((line) => line.message === 'drained')).toHaveLength(1);
    },
  );

  test('its handlers are told in the log, not warned of', async () => {
    const { child } = await start({});
    const told = child.lines.filter((line) => line.message.startsWith('Sentry listens to'));
    expect(told.map(({ level, event }) => [level, event])).toEqual([
      ['info', 'uncaughtException'],
      ['info', 'unhandledRejection'],
    ]);
    expect(child.lines.filter((line) => line.message.startsWith('others listen'))).toEqual([]);
  });

  test('an error of a request is sent once, and the drain of SIGTERM waits until it is', async () => {
    await sentry.close();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    sentry = await startSentryServer(opened);
    const { child, url } = await start({});
    expect((await fetch(`${url}/fail`)).status).toBe(500);
    child.process.kill('SIGTERM');
    await child.line((line) => line.message === 'hook: first added'); // the last of the application's
    setTimeout(open, 300); // of the 1.5 s that Sentry is given
    expect(await child.ended()).toBe(0);
    expect(sentry.events).toHaveLength(1);
  });

  test('a Sentry that never answers does not keep the process, and the log says what was not sent', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    try {
      const { child, answer } = await breakIt({ SENTRY_DSN: `http://public@127.0.0.1:${port}/1` }, 'timer');
      expect(answer).toBe('slow but done');
      expect(child.lines.some((line) => line.message.startsWith('`report` could not send'))).toBe(true);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

test('with fatal: exit beside Sentry, an exception ends with one event and exit 1', async () => {
  const { child, url } = await start({ FATAL: 'exit' });
  expect(child.lines.some((line) => line.level === 'warn' && line.event === 'unhandledRejection')).toBe(true);
  await fetch(`${url}/break/timer`, { method: 'POST' }).catch(() => undefined);
  expect(await child.ended()).toBe(1);
  expect(fatalLines(child)).toBe(1);
  expect(sentry.events).toHaveLength(1);
});
