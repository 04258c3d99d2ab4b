import type { ServerResponse } from 'node:http';
import { loadavg } from 'node:os';
import { createHealthHandler, createHealthMonitor, defineCheck, type HealthCheck } from '@resilient/health';
import { errorPages, healthRoutes } from '@resilient/health/fastify';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryLogger } from './support/memory-logger.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const TOKEN = 'a-token-of-thirty-two-characters';

async function start(checks: readonly HealthCheck[], options: Parameters<typeof healthRoutes>[1] = {}) {
  const logger = memoryLogger();
  const monitor = createHealthMonitor({ name: 'routes', logger, checks });
  const app: FastifyInstance = fastify();
  await app.register(healthRoutes(monitor, options));
  await app.register(errorPages(monitor));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  cleanups.push(
    () => app.close(),
    () => monitor.close(),
  );
  return { app, monitor, logger, url };
}

describe('the endpoints over HTTP', () => {
  test('many readiness probes beside a hanging check are all answered in time, with one run of it', async () => {
    let runs = 0;
    const hanging = defineCheck({
      name: 'database',
      run: () => {
        runs += 1;
        return new Promise(() => undefined);
      },
    });
    const { app, monitor, url } = await start([hanging]);
    monitor.started();
    const slowest = { ms: 0 };
    // Measured at the server: opening 500 connections from the same process takes longer than all of the answers.
    app.server.prependListener('request', (_request, response: ServerResponse) => {
      const startedAt = performance.now();
      response.once('finish', () => {
        slowest.ms = Math.max(slowest.ms, performance.now() - startedAt);
      });
    });
    const probe = async (): Promise<number> => {
      const response = await fetch(`${url}/health/ready`);
      await response.text();
      return response.status;
    };
    const codes = await Promise.all(Array.from({ length: 500 }, probe));
    expect(new Set(codes)).toEqual(new Set([503]));
    // 800 ms is the contract; here 500 clients share the machine with it, and with whatever else runs there.
    expect(slowest.ms, `load of the machine: ${loadavg()[0]}`).toBeLessThan(3 * 800);
    await expect
      .poll(async () => (await fetch(`${url}/health`)).json())
      .toEqual({ status: 'critical', database: 'timeout' });
    expect(runs).toBe(1);
    expect(monitor.getErrorSummary().status).toBe('critical');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  test('GET and HEAD, a query and a trailing slash do not matter; nothing is cached', async () => {
    const { monitor, url } = await start([defineCheck({ name: 'disk', run: () => undefined })]);
    monitor.started();
    for (const path of [
      '/health',
      '/health/',
      '/health?x=1',
      '/health/?x=1',
      '/health/live',
      '/health/ready/',
    ]) {
      const got = await fetch(url + path);
      expect([path, got.status]).toEqual([path, 200]);
      expect(got.headers.get('cache-control')).toBe('no-store');
      expect(await got.json()).toMatchObject({ status: 'ok' });
      const head = await fetch(url + path, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
    }
    expect((await fetch(`${url}/health`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/healthy`)).status).toBe(404);
  });

  test('the public body holds words alone, whatever the driver says', async () => {
    const check = defineCheck({
      name: 'database',
      run: async () => {
        throw new Error('connect ECONNREFUSED postgres://user:hunter2@db.internal:5432');
      },
    });
    const { url, monitor } = await start([check], { token: TOKEN });
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'critical', database: 'down' });
    const report = await fetch(`${url}/health/detailed`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(report.status).toBe(503);
    const text = await report.text();
    expect(text).toContain('ECONNREFUSED');
    expect(text).not.toContain('hunter2');
    expect(monitor.getErrorSummary().reasons).toEqual(['required check database: down']);
  });

  test('who may not see the console gets the application’s own 404, byte for byte', async () => {
    const seen: unknown[] = [];
    const { url } = await start([], {
      token: TOKEN,
      authorize: (_request, host) => {
        const kind = (host as { headers: Record<string, string> }).headers['x-kind'];
        seen.push(kind);
        if (kind === 'throws') throw new Error('no');
        if (kind === 'silent') return new Promise(() => undefined);
        return kind === 'admin' ? true : 'truthy';
      },
    });
    const bytes = async (
      path: string,
      headers: Record<string, string> = {},
      method = 'GET',
    ): Promise<string> => {
      const response = await fetch(url + path, { method, headers });
      const all = [...response.headers].filter(([name]) => name !== 'date');
      return JSON.stringify([response.status, all, await response.text()]);
    };
    const nowhere = await bytes('/nowhere');
    expect(await bytes('/health/detailed')).toBe(nowhere);
    expect(await bytes(`/health/detailed?token=${encodeURIComponent(TOKEN)}`)).toBe(nowhere);
    expect(await bytes('/health/detailed', { authorization: `Bearer ${TOKEN}x` })).toBe(nowhere);
    for (const kind of ['throws', 'silent', 'other']) {
      expect(await bytes('/health/detailed', { 'x-kind': kind })).toBe(nowhere);
    }
    for (const method of ['HEAD', 'POST', 'DELETE']) {
      const expected = await bytes('/nowhere', {}, method);
      expect(await bytes('/health/detailed', {}, method)).toBe(expected);
      expect(await bytes('/health/detailed/', { 'x-kind': 'other' }, method)).toBe(expected);
    }
    expect(JSON.parse(await bytes('/health/detailed', { 'x-kind': 'admin' }))[0]).toBe(200);
    expect(seen).toContain('silent');
  });

  test('HEAD says what GET would, and no answer carries what hooks add, fail in, or hang in', async () => {
    const monitor = createHealthMonitor({ logger: memoryLogger() });
    monitor.started();
    const app = fastify();
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*');
    });
    app.addHook('onSend', async (request) => {
      if (request.url.includes('live')) throw new Error('the session store is down');
      await new Promise(() => undefined);
    });
    await app.register(healthRoutes(monitor, { token: TOKEN }));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    cleanups.push(
      () => app.close(),
      () => monitor.close(),
    );
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const path of ['/health', '/health/live', '/health/ready', '/health/detailed']) {
      const got = await fetch(url + path, { headers });
      expect([path, got.status, got.headers.get('access-control-allow-origin')]).toEqual([path, 200, null]);
      expect(Number(got.headers.get('content-length'))).toBe((await got.text()).length);
      const head = await fetch(url + path, { method: 'HEAD', headers });
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
    }
  });

  test('application/health+json is given to who asks for it', async () => {
    const { url, monitor } = await start([
      defineCheck({ name: 'mail', required: false, run: () => ({ status: 'down' }) }),
    ]);
    monitor.started();
    const response = await fetch(`${url}/health`, { headers: { accept: 'application/health+json' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/health+json');
    expect(await response.json()).toEqual({ status: 'warn', checks: { mail: [{ status: 'fail' }] } });
  });

  test('the console can be mounted after a session, and the probes before it', async () => {
    const monitor = createHealthMonitor({ logger: memoryLogger() });
    const app = fastify();
    await app.register(healthRoutes(monitor, { routes: 'probes' }));
    app.addHook('onRequest', async (request) => {
      (request as { role?: string }).role = String(request.headers['x-role']);
    });
    const authorize = (_request: Request, host: unknown): boolean =>
      (host as { role?: string }).role === 'admin';
    await app.register(healthRoutes(monitor, { routes: 'console', authorize }));
    cleanups.push(
      () => app.close(),
      () => monitor.close(),
    );
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    expect((await app.inject('/health/detailed')).statusCode).toBe(404);
    const report = await app.inject({ url: '/health/detailed', headers: { 'x-role': 'admin' } });
    expect(report.statusCode).toBe(200);
    expect(report.json()).toMatchObject({ name: 'application', summary: { totalErrors: 0 } });
  });
});

describe('createHealthHandler', () => {
  test('refuses a short token, a wrong path and unknown options', () => {
    const monitor = createHealthMonitor({ logger: memoryLogger() });
    cleanups.push(() => monitor.close());
    const make = (options: object) => () => createHealthHandler(monitor, options);
    expect(make({ token: TOKEN.slice(1) })).toThrow(/`token`.*32 characters, got 31/);
    expect(make({ token: `${TOKEN} ` })).toThrow(/`token`/);
    expect(make({ basePath: '/health/' })).toThrow(/`basePath`/);
    expect(make({ routes: 'some' })).toThrow(/`routes`/);
    expect(make({ autorize: () => true })).toThrow(/`autorize`/);
    expect(make({ authorize: true })).toThrow(/`authorize`/);
  });

  test('answers undefined for what is not its own', async () => {
    const monitor = createHealthMonitor({ logger: memoryLogger() });
    cleanups.push(() => monitor.close());
    const handle = createHealthHandler(monitor, { basePath: '/internal/status' });
    expect(await handle(new Request('http://x/health'))).toBe(undefined);
    expect(await handle(new Request('http://x/internal/status/constructor'))).toBe(undefined);
    expect((await handle(new Request('http://x/internal/status/live')))?.status).toBe(200);
  });
});
