import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import * as onExpress from '@resilient/health/express';
import * as onFastify from '@resilient/health/fastify';
import * as onHono from '@resilient/health/hono';
import * as onKoa from '@resilient/health/koa';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOSTS, listen, type StartedHost } from './support/hosts.ts';
import { memoryLogger } from './support/memory-logger.ts';
import { OwnError } from './support/thrown.ts';

/** Bodies above this are too large. */
const LIMIT = 100;

/** What `http-errors` makes, which express and fastify believe: `createError(422)`. */
const unprocessable = (): Error =>
  Object.assign(new Error('not a number'), { status: 422, statusCode: 422, expose: true });

/** Applications that find the mistakes of their clients themselves: too large, of the wrong type, and wrong in itself. */
const MISTAKES: Readonly<Record<string, (monitor: HealthMonitor) => Promise<StartedHost>>> = {
  async express(monitor) {
    const app = express();
    const pages = onExpress.errorPages(monitor);
    app.use(pages.requests);
    // Its own parser says 413 and, of an encoding it does not know, 415.
    app.use(express.json({ limit: LIMIT }));
    app.post('/', () => {
      throw unprocessable();
    });
    app.use(pages.errors);
    return listen(createServer(app));
  },
  async fastify(monitor) {
    const app = fastify({ bodyLimit: LIMIT, forceCloseConnections: true });
    await app.register(onFastify.errorPages(monitor));
    app.post('/', async () => {
      throw unprocessable();
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, close: () => app.close() };
  },
  async hono(monitor) {
    const app = new Hono();
    const pages = onHono.errorPages(monitor);
    app.use(pages.requests);
    app.onError(pages.errors);
    app.notFound(pages.notFound);
    app.use(bodyLimit({ maxSize: LIMIT }));
    app.post('/', (context) => {
      const isJson = context.req.header('content-type') === 'application/json';
      throw new HTTPException(isJson && context.req.header('content-encoding') === undefined ? 422 : 415);
    });
    return listen(createServer(getRequestListener(app.fetch)));
  },
  async koa(monitor) {
    const app = new Koa();
    app.use(onKoa.errorPages(monitor));
    app.use((context) => {
      if (context.method !== 'POST') return;
      if (Number(context.get('content-length')) > LIMIT) context.throw(413);
      if (!context.is('json') || context.get('content-encoding') !== '') context.throw(415);
      context.throw(422, 'not a number');
    });
    return listen(createServer(app.callback()));
  },
};

let monitor: HealthMonitor;
let host: StartedHost;

beforeEach(() => {
  monitor = createHealthMonitor({ logger: memoryLogger() });
});

afterEach(async () => {
  await host.close();
  await monitor.close();
});

test.each(Object.keys(MISTAKES))(
  'on %s, 404, 413, 415 and 422 of its own stay, and are no errors',
  async (name) => {
    host = await (MISTAKES[name] as (typeof MISTAKES)[string])(monitor);
    const post = async (body: string, headers: Record<string, string> = {}): Promise<number> => {
      const sent = { 'content-type': 'application/json', ...headers };
      const response = await fetch(host.url, { method: 'POST', body, headers: sent });
      const problem = (await response.json()) as { status: number };
      expect(problem.status).toBe(response.status);
      return response.status;
    };
    expect((await fetch(`${host.url}/nowhere`)).status).toBe(404);
    expect(await post(JSON.stringify('x'.repeat(LIMIT)))).toBe(413);
    const strange = { 'content-type': 'text/xml' };
    expect(await post('{}', name === 'express' ? { 'content-encoding': 'x' } : strange)).toBe(415);
    expect(await post('{}')).toBe(422);
    await expect
      .poll(() => monitor.getErrorSummary())
      .toMatchObject({ totalErrors: 0, requests: 4, errorRate: 0 });
  },
);

describe.each(HOSTS)('on $name', ({ start }) => {
  test.each([
    ['CIRCUIT_OPEN', 'ApiCallError', 503, '5'],
    ['STORE_DOWN', 'SessionStoreError', 503, '5'],
    ['OUTCOME_UNKNOWN', 'CommitError', 500, null],
    ['DEADLINE', 'DeadlineError', 504, null],
  ])('%s of a %s is %i, with none of the headers of its upstream', async (code, type, status, retryAfter) => {
    const facts = { status: 401, headers: { 'retry-after': '99', 'www-authenticate': 'Basic' } };
    host = await start(monitor, { thrown: () => new OwnError(type, code, facts) });
    const response = await fetch(`${host.url}/async/1`);
    const { headers } = response;
    expect([response.status, headers.get('retry-after'), headers.get('www-authenticate')]).toEqual([
      status,
      retryAfter,
      null,
    ]);
  });
});
