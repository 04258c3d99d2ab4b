import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { errorPages } from '@resilient/health/fastify';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from './support/memory-logger.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Started {
  readonly monitor: HealthMonitor;
  readonly logger: MemoryLogger;
  readonly url: string;
}

async function start(
  define: (app: FastifyInstance) => void,
  options: Parameters<typeof errorPages>[1] = {},
): Promise<Started> {
  const logger = memoryLogger();
  const monitor = createHealthMonitor({ name: 'failures', logger });
  const app = fastify();
  await app.register(errorPages(monitor, options));
  define(app);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  cleanups.push(
    () => app.close(),
    () => monitor.close(),
  );
  return { monitor, logger, url };
}

const ID = /[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}/;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends bytes and goes away. */
async function sendAndLeave(url: string, text: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  await pause(50);
  socket.destroy();
}

describe('a client that goes away', () => {
  test('in the middle of its upload is no error of ours', async () => {
    const { url, monitor, logger } = await start((app) => {
      app.post('/', async () => 'never');
    });
    await sendAndLeave(
      url,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
    );
    await expect.poll(() => logger.lines.length).toBe(1);
    expect(logger.of('error')).toEqual([]);
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 0, requests: 0, errorRate: 0 });
  });

  test('and makes the handler give up is no error of ours; a bug that shows then is', async () => {
    const { url, monitor, logger } = await start((app) => {
      app.get('/:how', async (request, reply) => {
        await once(reply.raw, 'close');
        const { how } = request.params as { how: string };
        throw how === 'bug' ? new TypeError('x is undefined') : new DOMException('gone', 'AbortError');
      });
    });
    await sendAndLeave(url, 'GET /abort HTTP/1.1\r\nHost: x\r\n\r\n');
    await sendAndLeave(url, 'GET /bug HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => logger.lines.length).toBe(2);
    expect({ ...monitor.getErrorSummary().errorsByType }).toEqual({ TypeError: 1 });
    expect(monitor.getErrorSummary()).toMatchObject({ requests: 0, errorRate: 0 });
  });

  test('in the middle of a stream is not counted, whatever its source says then', async () => {
    const { url, monitor } = await start((app) => {
      app.get('/', async () => {
        const source = new PassThrough({
          destroy: (_error, done) => done(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
        });
        source.write('half');
        return source;
      });
    });
    await sendAndLeave(url, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await pause(100);
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 0, requests: 0, errorRate: 0 });
  });
});

describe('a stream that fails', () => {
  const failing = (): ReadableStream => {
    let pulls = 0;
    return new ReadableStream({
      async pull(controller) {
        pulls += 1;
        if (pulls === 1) controller.enqueue(new TextEncoder().encode('half'));
        else {
          await pause(20);
          controller.error(new RangeError('the source broke'));
        }
      },
    });
  };

  test.each(['/web', '/response'])('midway is recorded and counted as a failure (%s)', async (path) => {
    const { url, monitor } = await start((app) => {
      app.get('/web', async () => failing());
      app.get('/response', async () => new Response(failing()));
      app.get('/good', async () => new Response('fine'));
    });
    expect(await (await fetch(`${url}/good`)).text()).toBe('fine');
    await expect(fetch(url + path).then((response) => response.text())).rejects.toThrow();
    await expect
      .poll(() => monitor.getErrorSummary())
      .toMatchObject({ totalErrors: 1, errorsByType: { RangeError: 1 }, requests: 2, errorRate: 0.5 });
  });

  test('before the first byte is answered with the page, and as the client’s where you say so', async () => {
    const broken = (code: string): Readable =>
      new Readable({
        read() {},
        construct: (done) => void setTimeout(done, 10, Object.assign(new Error('no'), { code })),
      });
    const { url, monitor } = await start(
      (app) => {
        app.get('/:code', async (request) => broken((request.params as { code: string }).code));
      },
      { clientStatus: (error) => ((error as { code?: string }).code === 'ENOENT' ? 404 : undefined) },
    );
    expect((await fetch(`${url}/EIO`)).status).toBe(500);
    expect((await fetch(`${url}/ENOENT`)).status).toBe(404);
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 1, requests: 2, errorRate: 0.5 });
  });
});

describe('the error page is sent', () => {
  test.each(['/async', '/sync', '/hooked'])('for a header that cannot be sent (%s)', async (path) => {
    const { url, monitor } = await start((app) => {
      app.addHook('onSend', async (request) => {
        if (request.url === '/hooked') await pause(5);
      });
      app.get('/async', async (_request, reply) => {
        reply.header('x-note', 'line\nbreak');
        return 'fine';
      });
      app.get('/sync', (_request, reply) => {
        reply.header('x-note', 'line\nbreak');
        throw new Error('beside it');
      });
      app.get('/hooked', async (_request, reply) => {
        reply.header('x-note', 'line\nbreak');
        throw new Error('beside it');
      });
    });
    const response = await fetch(url + path);
    expect([response.status, response.headers.get('x-note')]).toEqual([500, null]);
    expect(await response.text()).toMatch(ID);
    expect(monitor.getErrorSummary().errorRate).toBe(1);
  });

  test.each(['/serializer', '/on-send', '/pre-handler', '/validator'])(
    'for what fails in %s',
    async (path) => {
      const { url, monitor } = await start((app) => {
        const fail = (): never => {
          throw new RangeError('select * from users');
        };
        app.get('/serializer', async (_request, reply) => {
          reply.serializer(fail);
          return { a: 1 };
        });
        app.get(
          '/on-send',
          { onSend: async (_request, reply) => (reply.statusCode < 500 ? fail() : undefined) },
          () => 'x',
        );
        app.get(
          '/pre-handler',
          { preHandler: (_request, _reply, done) => done(new RangeError('select')) },
          () => 'x',
        );
        app.get('/validator', { schema: { querystring: {} }, validatorCompiler: () => fail }, () => 'x');
      });
      const response = await fetch(url + path);
      const body = await response.text();
      expect(response.status).toBe(500);
      expect(body).toMatch(ID);
      expect(body).not.toContain('select');
      expect({ ...monitor.getErrorSummary().errorsByType }).toEqual({ RangeError: 1 });
    },
  );

  test('not on top of what a hook has sent already', async () => {
    const { url } = await start((app) => {
      app.get('/', { preHandler: async (_request, reply) => reply.code(202).send('from the hook') }, () => {
        throw new Error('never');
      });
    });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([202, 'from the hook']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('select');
      },
    ],
    ['hangs', () => new Promise<string>(() => undefined)],
    ['answers no string', () => 7 as never],
  ])('as ours if the template %s', async (_name, template) => {
    const { url, logger } = await start(
      (app) => {
        app.get('/', async () => {
          throw new Error('x');
        });
      },
      { template },
    );
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    expect(await response.text()).toContain('Something went wrong on our side.');
    expect(logger.of('error').map((line) => line.message)).toContain(
      'the template of the error page failed: ours was sent',
    );
  });
});
