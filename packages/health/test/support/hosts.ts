import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { ErrorReporter, HealthMonitor } from '@resilient/health';
import * as onExpress from '@resilient/health/express';
import * as onFastify from '@resilient/health/fastify';
import * as onHono from '@resilient/health/hono';
import * as onKoa from '@resilient/health/koa';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import Koa from 'koa';

/** What a host is asked to do: `/async/7` and `/sync/7` throw what `thrown` makes, and so on. */
export interface HostOptions {
  readonly thrown: () => unknown;
  readonly onError?: (error: unknown) => unknown;
  readonly report?: ErrorReporter;
  /** Who may see the console, told by the framework's own request. */
  readonly isAdmin?: (host: never) => boolean;
}

/** An application on one framework. */
export interface StartedHost {
  readonly url: string;
  close(): Promise<void>;
}

/** A framework with an application that fails as it is told. */
export interface Host {
  readonly name: 'express' | 'fastify' | 'hono' | 'koa';
  start(monitor: HealthMonitor, options: HostOptions): Promise<StartedHost>;
}

/** Listens on a free port. */
export async function listen(server: Server): Promise<StartedHost> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const consoleOf = ({ isAdmin }: HostOptions): object =>
  isAdmin === undefined
    ? {}
    : { authorize: (_request: Request, host: unknown): boolean => isAdmin(host as never) };

const pagesOf = ({ onError, report }: HostOptions): object => ({
  ...(onError === undefined ? {} : { onError }),
  ...(report === undefined ? {} : { report }),
});

/** A stream that gives its first half and fails. */
async function* half(thrown: () => unknown): AsyncGenerator<string> {
  yield 'half an answer';
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw thrown();
}

const startExpress: Host['start'] = async (monitor, options) => {
  const app = express();
  const pages = onExpress.errorPages(monitor, pagesOf(options));
  app.use(pages.requests);
  app.use(onExpress.healthRoutes(monitor, consoleOf(options)));
  app.use(express.json());
  const users = express.Router();
  users.get('/:id', (request, response) => void response.send(request.params.id));
  app.use('/users', users);
  app.get('/async/:id', async () => {
    throw options.thrown();
  });
  app.get('/sync/:id', () => {
    throw options.thrown();
  });
  app.get('/half', async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('half an answer');
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw options.thrown();
  });
  app.post('/json', (request, response) => void response.json(request.body));
  app.use(pages.errors);
  return listen(createServer(app));
};

const startFastify: Host['start'] = async (monitor, options) => {
  const app = fastify();
  await app.register(onFastify.errorPages(monitor, pagesOf(options)));
  await app.register(onFastify.healthRoutes(monitor, consoleOf(options)));
  app.get('/users/:id', async (request) => (request.params as { id: string }).id);
  app.get('/async/:id', async () => {
    throw options.thrown();
  });
  app.get('/sync/:id', () => {
    throw options.thrown();
  });
  app.get('/half', async () => Readable.from(half(options.thrown)));
  app.post('/json', async (request) => request.body);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, close: () => app.close() };
};

const startKoa: Host['start'] = async (monitor, options) => {
  const app = new Koa();
  app.use(onKoa.errorPages(monitor, pagesOf(options)));
  app.use(onKoa.healthRoutes(monitor, consoleOf(options)));
  app.use(async (context) => {
    const [, first, second] = context.path.split('/');
    Object.assign(context, { _matchedRoute: second === undefined ? `/${first}` : `/${first}/:id` });
    if (first === 'users') context.body = second;
    else if (first === 'half') context.body = Readable.from(half(options.thrown));
    else if (first === 'sync' || first === 'async') throw options.thrown();
    else if (first === 'json') context.throw(400, 'not JSON');
    else Object.assign(context, { _matchedRoute: undefined });
  });
  return listen(createServer(app.callback()));
};

const startHono: Host['start'] = async (monitor, options) => {
  const app = new Hono();
  const pages = onHono.errorPages(monitor, pagesOf(options));
  app.use(pages.requests);
  app.onError(pages.errors);
  app.notFound(pages.notFound);
  app.use(onHono.healthRoutes(monitor, consoleOf(options)));
  app.get('/users/:id', (context) => context.text(context.req.param('id')));
  app.get('/async/:id', async () => {
    throw options.thrown();
  });
  app.get('/sync/:id', () => {
    throw options.thrown();
  });
  app.get('/half', () => new Response(ReadableStream.from(half(options.thrown)) as ReadableStream));
  app.post('/json', async (context) => {
    const body: unknown = await context.req.json().catch(() => {
      throw new HTTPException(400, { message: 'not JSON' });
    });
    return context.json(body as object);
  });
  return listen(createServer(getRequestListener(app.fetch)));
};

/** Every framework that error pages and endpoints are made for. */
export const HOSTS: readonly Host[] = [
  { name: 'express', start: startExpress },
  { name: 'fastify', start: startFastify },
  { name: 'hono', start: startHono },
  { name: 'koa', start: startKoa },
];
