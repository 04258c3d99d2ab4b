import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { afterEach, describe, expect, test } from 'vitest';
import { HOSTS, type Host, type HostOptions, type StartedHost } from './support/hosts.ts';
import { type MemoryLogger, memoryLogger } from './support/memory-logger.ts';
import { SECRET, THROWN, withProperties } from './support/thrown.ts';

const ID = /[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}/;
const LEAK =
  /select|users|hunter2|srv|secret|internal|:5432|ECONN|fetch failed|\.ts|node_modules|at async|upstream/i;
/** What express takes for "go on", thrown synchronously: it ends in its 404, and nobody can record it. */
const SWALLOWED = new Set(['null', 'undefined', 'an empty string', 'a number', 'false']);

let host: StartedHost | undefined;
let monitor: HealthMonitor;
let logger: MemoryLogger;
const { NODE_ENV } = process.env;

afterEach(async () => {
  process.env.NODE_ENV = NODE_ENV;
  await host?.close();
  await monitor.close();
});

async function start({ start: startOn }: Host, options: Partial<HostOptions> = {}): Promise<string> {
  logger = memoryLogger();
  monitor = createHealthMonitor({ name: 'pages', logger });
  host = await startOn(monitor, { thrown: () => new Error(SECRET), ...options });
  return host.url;
}

const summary = (): object => {
  const { totalErrors, requests, errorRate } = monitor.getErrorSummary();
  return { totalErrors, requests, errorRate };
};

describe.each(HOSTS)('on $name', (framework) => {
  describe.each(['production', 'development'])('in %s', (environment) => {
    test.each(THROWN)('%s: a page with a correlation id and nothing else of it', async (name, thrown) => {
      process.env.NODE_ENV = environment;
      const url = await start(framework, { thrown });
      for (const [accept, path] of [
        ['text/html,*/*', '/async/7'],
        ['application/json', '/async/7'],
        ['text/html', '/sync/7'],
      ] as const) {
        const response = await fetch(url + path, { headers: { accept } });
        const body = await response.text();
        const isSwallowed = framework.name === 'express' && path === '/sync/7' && SWALLOWED.has(name);
        expect(response.status).toBe(isSwallowed ? 404 : 500);
        const type = accept.startsWith('text/html') ? 'text/html' : 'application/problem+json';
        expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(response.headers.get('vary')).toBe('Accept');
        expect(response.headers.get('retry-after')).toBe(null);
        expect(body + JSON.stringify([...response.headers])).not.toMatch(LEAK);
        if (isSwallowed) continue;
        const id = ID.exec(body)?.[0] ?? 'none';
        const line = logger.of('error').find((one) => one.facts.correlationId === id);
        expect(line?.facts).toMatchObject({ method: 'GET', status: 500, route: path.replace('7', ':id') });
      }
      const failed = framework.name === 'express' && SWALLOWED.has(name) ? 2 : 3;
      await expect.poll(summary).toEqual({ totalErrors: failed, requests: 3, errorRate: failed / 3 });
    });
  });

  test('the framework’s own mistakes of clients keep their status, and are not recorded', async () => {
    const url = await start(framework);
    const bad = await fetch(`${url}/json`, {
      method: 'POST',
      body: '{"a": sk-live-SECRET',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    expect(bad.status).toBe(400);
    expect(await bad.text()).not.toContain('SECRET');
    expect((await fetch(`${url}/nobody`)).status).toBe(404);
    await expect.poll(summary).toEqual({ totalErrors: 0, requests: 2, errorRate: 0 });
    expect(logger.of('info').some((line) => line.message === 'a request was refused')).toBe(true);
  });

  test('an SDK’s status and headers are not believed', async () => {
    const url = await start(framework, {
      thrown: () =>
        withProperties({
          status: 401,
          statusCode: 401,
          headers: { 'www-authenticate': 'Basic', 'x-upstream': '1' },
        }),
    });
    const response = await fetch(`${url}/async/1`);
    expect(response.status).toBe(500);
    expect(response.headers.get('www-authenticate')).toBe(null);
    expect(response.headers.get('x-upstream')).toBe(null);
  });

  test('what was begun is rolled back before the page is sent', async () => {
    const seen: unknown[] = [];
    const error = new Error(SECRET);
    const url = await start(framework, { thrown: () => error, onError: (given) => void seen.push(given) });
    expect((await fetch(`${url}/async/1`)).status).toBe(500);
    expect(seen).toEqual([error]);
  });

  test('an answer that fails midway is broken off, and nothing of the error is in it', async () => {
    const url = await start(framework);
    const response = await fetch(`${url}/half`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    // Hono knows nothing of an answer once it has handed it on.
    if (framework.name === 'hono') return;
    await expect.poll(summary).toEqual({ totalErrors: 1, requests: 1, errorRate: 1 });
  });

  test('requests are counted by the template of their route; probes are not', async () => {
    const url = await start(framework);
    for (const path of ['/users/1', '/users/2', '/nobody', '/health', '/health/live', '/health/ready']) {
      await (await fetch(url + path)).text();
    }
    await expect.poll(summary).toEqual({ totalErrors: 0, requests: 3, errorRate: 0 });
    expect({ ...monitor.getReport().routes }).toEqual({ '/users/:id': 2, _unmatched: 1 });
  });

  test('the console is for whom the application’s own request says so, else it is the application’s 404', async () => {
    // Each framework hands on its own request: all of them have the header somewhere.
    const isAdmin = (given: {
      headers?: Record<string, string>;
      req?: { header?: (name: string) => string | undefined; headers?: Record<string, string> };
    }): boolean => {
      const { headers, req } = given;
      return (headers?.['x-role'] ?? req?.header?.('x-role') ?? req?.headers?.['x-role']) === 'admin';
    };
    const url = await start(framework, { isAdmin: isAdmin as (host: never) => boolean });
    const ask = (path: string, role: string): Promise<Response> =>
      fetch(url + path, { headers: { 'x-role': role, accept: 'application/json' } });
    const allowed = await ask('/health/detailed', 'admin');
    expect(allowed.status).toBe(200);
    expect(await allowed.json()).toHaveProperty('status', 'healthy');
    const [denied, unknown] = [
      await ask('/health/detailed', 'student'),
      await ask('/health/nothing', 'admin'),
    ];
    expect([denied.status, await denied.text()]).toEqual([404, await unknown.text()]);
  });
});
