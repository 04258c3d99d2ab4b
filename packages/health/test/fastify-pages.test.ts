import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { type ErrorPagesOptions, errorPages, healthRoutes } from '@resilient/health/fastify';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from './support/memory-logger.ts';
import { OwnError, SECRET, THROWN, withProperties } from './support/thrown.ts';

interface Started {
  readonly app: FastifyInstance;
  readonly monitor: HealthMonitor;
  readonly logger: MemoryLogger;
  readonly url: string;
}

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(
  define: (app: FastifyInstance) => void,
  options: ErrorPagesOptions = {},
): Promise<Started> {
  const logger = memoryLogger();
  const monitor = createHealthMonitor({ name: 'pages', logger });
  const app = fastify();
  await app.register(errorPages(monitor, options));
  await app.register(healthRoutes(monitor));
  define(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  cleanups.push(
    () => app.close(),
    () => monitor.close(),
  );
  return { app, monitor, logger, url };
}

const ID = /[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}/;
describe('an error page', () => {
  test.each(THROWN)('for %s holds a correlation id and nothing else of it', async (_name, make) => {
    const { monitor, logger, url } = await start((app) => {
      app.get('/async/:id', async () => {
        throw make();
      });
    });
    for (const accept of ['text/html,*/*', 'application/json', '*/*']) {
      const response = await fetch(`${url}/async/7`, { headers: { accept } });
      const body = await response.text();
      expect(response.status).toBe(500);
      expect(response.headers.get('vary')).toBe('Accept');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('retry-after')).toBe(null);
      const type = accept.startsWith('text/html') ? 'text/html' : 'application/problem+json';
      expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      const all = body + JSON.stringify([...response.headers]);
      expect(all).not.toMatch(
        /select|users|hunter2|srv|secret|internal|:5432|ECONN|fetch failed|\.ts|node_modules|at async/i,
      );
      const id = ID.exec(body)?.[0] ?? 'none';
      const line = logger.of('error').find((one) => one.facts.correlationId === id);
      expect(line?.facts).toMatchObject({ route: '/async/:id', method: 'GET', status: 500 });
    }
    const { totalErrors, requests, errorRate } = monitor.getErrorSummary();
    expect({ totalErrors, requests, errorRate }).toEqual({ totalErrors: 3, requests: 3, errorRate: 1 });
  });

  test('is sent for a synchronous throw and for an error in a hook as well', async () => {
    const { url } = await start((app) => {
      app.get('/sync', () => {
        throw new Error(SECRET);
      });
      app.get('/hook', { preHandler: async () => Promise.reject(new Error(SECRET)) }, async () => 'never');
      app.get('/send', (_request, reply) => {
        reply.send(new Error(SECRET));
      });
    });
    for (const path of ['/sync', '/hook', '/send']) {
      const response = await fetch(url + path);
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain('select');
    }
  });

  test.each([
    ['onSend of a good answer', '/good'],
    ['onSend of an error page', '/bad'],
  ])('hides what fails in %s', async (_name, path) => {
    const { url, monitor, logger } = await start((app) => {
      app.addHook('onSend', async () => {
        throw withProperties({ headers: { 'x-secret': SECRET }, statusCode: 403 });
      });
      app.get('/good', async () => 'fine');
      app.get('/bad', async () => {
        throw new TypeError(SECRET);
      });
    });
    const response = await fetch(url + path);
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body + JSON.stringify([...response.headers])).not.toMatch(/select|x-secret|hunter2/);
    expect(logger.of('error').map((line) => line.facts.correlationId)).toContain(ID.exec(body)?.[0]);
    expect(monitor.getErrorSummary().totalErrors).toBe(2);
  });

  test('destroys the socket if headers were sent', async () => {
    const { url, monitor } = await start((app) => {
      app.get('/half', async (_request, reply) => {
        reply.raw.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' });
        reply.raw.write('half');
        throw new Error(SECRET);
      });
      app.get('/stream', async () =>
        Readable.from(
          (async function* () {
            yield 'half';
            await new Promise((resolve) => setTimeout(resolve, 20));
            throw new Error(SECRET);
          })(),
        ),
      );
    });
    for (const path of ['/half', '/stream']) {
      await expect(fetch(url + path).then((response) => response.text())).rejects.toThrow();
    }
    await expect
      .poll(() => monitor.getErrorSummary())
      .toMatchObject({ totalErrors: 2, requests: 2, errorRate: 1 });
  });

  test('runs the roll-back hooks first, each with a limit, and is sent even if they hang or throw', async () => {
    const order: string[] = [];
    const { url, logger } = await start(
      (app) => {
        app.get('/', async () => {
          throw new Error(SECRET);
        });
      },
      {
        onErrorTimeoutMs: 50,
        onError: [
          async () => {
            order.push('first');
          },
          () => new Promise(() => order.push('hangs')),
          () => {
            order.push('throws');
            throw new Error(SECRET);
          },
        ],
      },
    );
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(order).toEqual(['first', 'hangs', 'throws']);
    expect(logger.of('error').filter((line) => line.message.startsWith('an onError hook'))).toHaveLength(2);
  });

  test('uses your template, which is given status, id and title alone, and ours if it throws', async () => {
    const given: unknown[] = [];
    const { url } = await start(
      (app) => {
        app.get('/own', async () => {
          throw new Error(SECRET);
        });
      },
      {
        template: (facts) => {
          given.push(facts);
          if (given.length > 1) throw new Error(SECRET);
          return `<p>own ${facts.id}</p>`;
        },
      },
    );
    const ask = async (): Promise<string> =>
      (await fetch(`${url}/own`, { headers: { accept: 'text/html' } })).text();
    expect(await ask()).toMatch(/^<p>own /);
    const ours = await ask();
    expect(ours).toContain('Something went wrong on our side.');
    expect(ours).not.toContain('select');
    expect(Object.keys(given[0] as object).sort()).toEqual(['id', 'status', 'title']);
  });

  test('is a friendly 404 where nothing is, without an error being recorded', async () => {
    const { url, monitor } = await start(() => undefined);
    const html = await fetch(`${url}/nowhere`, { headers: { accept: 'text/html' } });
    expect(html.status).toBe(404);
    expect(await html.text()).toContain('This page does not exist.');
    const json = await fetch(`${url}/nowhere`);
    expect(json.headers.get('content-type')).toContain('application/problem+json');
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 0, requests: 2, errorRate: 0 });
    expect(monitor.getReport().routes).toEqual(Object.assign(Object.create(null), { _unmatched: 2 }));
  });
});

describe('the status of an error page', () => {
  test.each([
    ['CIRCUIT_OPEN', 'ApiCallError', 503, '5'],
    ['SATURATED', 'ApiCallError', 503, '5'],
    ['BUDGET_EXHAUSTED', 'ApiCallError', 503, '5'],
    ['RATE_LIMITED', 'ApiCallError', 503, '5'],
    ['CLOSED', 'ApiCallError', 503, '5'],
    ['POOL_EXHAUSTED', 'PoolError', 503, '5'],
    ['STORE_DOWN', 'SessionStoreError', 503, '5'],
    ['RETRIES_EXHAUSTED', 'CommitError', 503, '5'],
    ['RETRIES_EXHAUSTED', 'ApiCallError', 502, null],
    ['RETRIES_EXHAUSTED', 'RetryError', 500, null],
    ['REJECTED', 'ApiCallError', 502, null],
    ['ABORTED', 'ApiCallError', 502, null],
    ['OUTCOME_UNKNOWN', 'ApiCallError', 502, null],
    ['OUTCOME_UNKNOWN', 'CommitError', 500, null],
    ['TIMEOUT', 'TimeoutError', 504, null],
    ['DEADLINE', 'DeadlineError', 504, null],
    ['ENVIRONMENT', 'EnvironmentError', 500, null],
  ])('%s of a %s is %i', async (code, name, status, retryAfter) => {
    const { url } = await start((app) => {
      app.get('/', async () => {
        throw new OwnError(name, code, { status: 401, headers: { 'x-upstream': '1' } });
      });
    });
    const response = await fetch(url);
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(response.headers.get('x-upstream')).toBe(null);
  });

  test('says when to come again where the error knows', async () => {
    const { url } = await start((app) => {
      app.get('/', async () => {
        throw new OwnError('ApiCallError', 'CIRCUIT_OPEN', { retryAt: new Date(Date.now() + 30_000) });
      });
    });
    expect(Number((await fetch(url)).headers.get('retry-after'))).toBeGreaterThan(28);
  });

  test('is the framework’s own for mistakes of the client, which are not recorded', async () => {
    const { url, monitor } = await start(
      (app) => {
        const schema = {
          body: { type: 'object', required: ['answer'], properties: { answer: { type: 'number' } } },
        };
        app.post('/', { schema, bodyLimit: 40 }, async () => 'fine');
        app.get('/exposed', async () => {
          throw Object.assign(new Error('gone'), { status: 410, statusCode: 410, expose: true });
        });
        app.get('/own', async () => {
          throw new RangeError('mine');
        });
      },
      { clientStatus: (error) => (error instanceof RangeError ? 422 : undefined) },
    );
    const post = (body: string, type = 'application/json'): Promise<Response> =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
    const invalid = await post('{"answer":"many"}');
    expect(invalid.status).toBe(400);
    expect(await invalid.json()).toMatchObject({ errors: [{ path: '/answer', message: 'must be number' }] });
    expect((await post('{')).status).toBe(400);
    expect((await post('{}'.padEnd(100))).status).toBe(413);
    expect((await post('<x/>', 'text/xml')).status).toBe(415);
    expect((await fetch(`${url}/exposed`)).status).toBe(410);
    expect((await fetch(`${url}/own`)).status).toBe(422);
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 0, requests: 6, errorRate: 0 });
  });
});

describe('headers of the answer', () => {
  test('that the application set stay, but not those of a body that is not sent; Vary is added to', async () => {
    const { url } = await start((app) => {
      app.addHook('onRequest', async (_request, reply) => {
        reply.header('vary', 'Origin').header('x-frame-options', 'DENY').header('set-cookie', 'a=1');
      });
      app.get('/', async (_request, reply) => {
        reply
          .header('etag', '"1"')
          .header('content-disposition', 'attachment')
          .header('content-type', 'text/csv');
        throw new Error(SECRET);
      });
    });
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(url, { method });
      expect(response.status).toBe(500);
      expect(response.headers.get('vary')).toBe('Origin, Accept');
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      expect(response.headers.get('set-cookie')).toBe('a=1');
      expect(response.headers.get('etag')).toBe(null);
      expect(response.headers.get('content-disposition')).toBe(null);
      expect(await response.text()).toHaveLength(
        method === 'HEAD' ? 0 : Number(response.headers.get('content-length')),
      );
    }
  });

  test('of a rate limit are believed, as @fastify/rate-limit sets them; the 429 of an SDK is not', async () => {
    const { url, monitor } = await start((app) => {
      app.get('/limited', async (_request, reply) => {
        reply.header('x-ratelimit-limit', 2).header('x-ratelimit-remaining', 0).header('retry-after', 60);
        throw withProperties({ statusCode: 429 });
      });
      app.get('/upstream', async (_request, reply) => {
        reply.header('x-ratelimit-limit', 2).header('x-ratelimit-remaining', 0);
        throw withProperties({ statusCode: 429, status: 429, headers: { 'retry-after': '9' } });
      });
    });
    const limited = await fetch(`${url}/limited`);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
    const upstream = await fetch(`${url}/upstream`);
    expect([upstream.status, upstream.headers.get('retry-after')]).toEqual([500, null]);
    expect(monitor.getErrorSummary().totalErrors).toBe(1);
  });
});

describe('recorded requests', () => {
  test('count neither probes, nor event streams, nor clients that went away', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const { url, monitor } = await start((app) => {
      app.get('/events', async (_request, reply) => {
        reply.header('content-type', 'text/event-stream');
        return 'data: 1\n\n';
      });
      app.get('/slow', async (_request, reply) => {
        begin();
        await once(reply.raw, 'close');
        end();
        return 'late';
      });
      app.get('/users/:id', async () => 'someone');
    });
    await (await fetch(`${url}/health/live`)).text();
    await (await fetch(`${url}/health`)).text();
    await (await fetch(`${url}/events`)).text();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun;
    socket.destroy();
    await over;
    await (await fetch(`${url}/users/1?token=x`)).text();
    await (await fetch(`${url}/users/2`)).text();
    await expect.poll(() => monitor.getErrorSummary().requests).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(monitor.getErrorSummary().requests).toBe(2);
    expect({ ...monitor.getReport().routes }).toEqual({ '/users/:id': 2 });
  });
});
