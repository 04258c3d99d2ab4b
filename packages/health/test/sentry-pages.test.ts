import { createHealthMonitor, type HealthMonitor, sentryReporter } from '@resilient/health';
import * as Sentry from '@sentry/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startChild } from './support/child.ts';
import { HOSTS, type StartedHost } from './support/hosts.ts';
import { memoryLogger } from './support/memory-logger.ts';
import { type SentEvent, type SentryServer, startSentryServer } from './support/sentry-server.ts';
import { THROWN } from './support/thrown.ts';

let server: SentryServer;
let monitor: HealthMonitor;
let host: StartedHost | undefined;
const report = sentryReporter(Sentry);

beforeAll(async () => {
  server = await startSentryServer();
  Sentry.init({
    dsn: server.dsn,
    // Sentry's own integrations, but for the one that would hide that an error was sent twice.
    integrations: (integrations) => integrations.filter(({ name }) => name !== 'Dedupe'),
  });
});

afterAll(async () => {
  await Sentry.close(2_000);
  await server.close();
});

beforeEach(() => {
  server.events.length = 0;
  monitor = createHealthMonitor({ logger: memoryLogger() });
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  await monitor.close();
});

/** Everything that Sentry has sent by now. */
async function sent(): Promise<SentEvent[]> {
  expect(await Sentry.flush(10_000), 'everything is sent').toBe(true);
  return server.events;
}

/** A request whose handler throws it, as every framework tells of it. */
async function reportedInTurn(error: unknown): Promise<void> {
  const { answerFailure } = await import('../src/pages/failed-request.ts');
  const { pagesSettings } = await import('../src/pages/error-pages-options.ts');
  await answerFailure(monitor, pagesSettings({ report }), {
    error,
    client: undefined,
    host: {},
    method: 'GET',
    accept: undefined,
    route: '/',
    headersSent: false,
  });
}

const thrownIn = ({ exception }: SentEvent): [string, string] => [
  exception?.values.at(-1)?.type ?? '',
  exception?.values.at(-1)?.value ?? '',
];

describe.each(HOSTS)('$name', ({ name, start }) => {
  const fail = async (path: string, thrown: () => unknown): Promise<Response> => {
    host = await start(monitor, { thrown, report });
    return fetch(`${host.url}${path}`, { headers: { accept: 'application/json' } });
  };

  test.each(['/sync/7', '/async/7'])(
    'an error of %s is sent once, with the id that the page says',
    async (path) => {
      const response = await fail(path, () => new TypeError('no such column'));
      expect(response.status).toBe(500);
      const { id } = (await response.json()) as { id: string };
      const events = await sent();
      expect(events.map(thrownIn)).toEqual([['TypeError', 'no such column']]);
      const [event] = events;
      expect(event?.exception?.values.at(-1)?.mechanism?.handled).toBe(false);
      // Where Sentry's own integration was first, as with fastify, it says what it knows.
      if (name !== 'fastify') {
        expect(event?.tags).toEqual({ route: path.replace('7', ':id'), correlation_id: id });
      }
      expect(monitor.getErrorSummary().totalErrors).toBe(1);
    },
  );

  test('what is no error, and what takes no mark, is sent once', async () => {
    for (const thrown of ['a word', 42, Object.freeze(new Error('frozen')), { an: 'object' }]) {
      server.events.length = 0;
      await (await fail('/async/7', () => thrown)).text();
      expect(await sent(), String(thrown)).toHaveLength(1);
      await host?.close();
      host = undefined;
    }
  });

  test('an error of an upstream’s SDK is sent once, and answered with 500', async () => {
    const response = await fail('/async/7', () =>
      Object.assign(new Error('Unauthorized'), {
        name: 'APIError',
        status: 401,
        statusCode: 401,
        headers: { 'x-request-id': 'r1' },
      }),
    );
    expect(response.status).toBe(500);
    await response.text();
    expect((await sent()).map(thrownIn)).toEqual([['APIError', 'Unauthorized']]);
  });

  test('an error that the application has sent itself, or what wraps it, is not sent again', async () => {
    const inner = new Error('the database is away');
    const response = await fail('/async/7', () => {
      Sentry.captureException(inner);
      return new Error('could not save', { cause: inner });
    });
    await response.text();
    const events = await sent();
    // Sentry's own integration for fastify does not look at causes.
    expect(events).toHaveLength(name === 'fastify' ? 2 : 1);
  });

  test('the same error in two requests is sent once', async () => {
    const error = new Error('made once');
    const response = await fail('/async/7', () => error);
    await response.text();
    await (await fetch(`${host?.url}/async/8`)).text();
    expect(await sent()).toHaveLength(1);
  });

  test('mistakes of the client are not sent', async () => {
    host = await start(monitor, { thrown: () => new Error('never'), report });
    expect((await fetch(`${host.url}/nowhere`)).status).toBe(404);
    const malformed = await fetch(`${host.url}/json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"half',
    });
    expect(malformed.status).toBe(400);
    await malformed.text();
    expect(await sent()).toEqual([]);
  });

  test('an answer that breaks off is sent once', async () => {
    // Hono tells nobody of a stream that fails.
    if (name === 'hono') return;
    await fail('/half', () => new Error('broke off'))
      .then((response) => response.text())
      .catch(() => undefined);
    await vi.waitFor(() => expect(monitor.getErrorSummary().totalErrors).toBe(1), { timeout: 10_000 });
    expect((await sent()).map(thrownIn)).toEqual([['Error', 'broke off']]);
  });
});

test.each(THROWN)('%s is sent once, and Sentry goes on sending', async (_name, make) => {
  await reportedInTurn(make());
  expect(await sent()).toHaveLength(1);
});

test('nothing but the error, the route and the correlation id comes from us', async () => {
  const hints: unknown[] = [];
  const [express] = HOSTS;
  host = await express?.start(monitor, {
    thrown: () => Object.assign(new Error('x'), { config: { headers: { authorization: 'Bearer abc' } } }),
    report: sentryReporter({ captureException: (_error, hint) => hints.push(hint) }),
  });
  const response = await fetch(`${host?.url}/async/7?token=secret`, { headers: { cookie: 'sid=secret' } });
  const { id } = (await response.json()) as { id: string };
  expect(hints).toEqual([
    {
      mechanism: { handled: false, type: 'auto.http.resilient' },
      captureContext: { level: 'error', tags: { route: '/async/:id', correlation_id: id } },
    },
  ]);
});

test('beside Sentry’s own integrations for the frameworks each error is one event', async () => {
  const child = startChild('sentry-frameworks.ts', {
    NODE_OPTIONS: `--import ${import.meta.resolve('@sentry/node/import')}`,
  });
  expect(await child.ended(), child.output()).toBe(0);
  const things = ['an error', 'a word', 'an SDK error'];
  expect(child.lines).toEqual([
    {
      instrumented: true,
      ...Object.fromEntries(
        HOSTS.flatMap(({ name }) => things.map((thing) => [`${name}: ${thing}`, [500, 1]])),
      ),
    },
  ]);
});
