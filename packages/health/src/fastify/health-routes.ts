import {
  checkBasePath,
  createHealthHandler,
  type HealthHandlerOptions,
  pathBelow,
} from '../endpoints/health-handler.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { asPlugin } from './as-plugin.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from './fastify.ts';
import { probeRequests } from './probe-requests.ts';

/** A Web request with what the handler may look at; the rest is in `host`. */
function webRequest(request: FastifyRequest): Request {
  const { accept, authorization } = request.headers;
  const headers = new Headers();
  if (accept !== undefined) headers.set('accept', accept);
  if (authorization !== undefined) headers.set('authorization', authorization);
  return new Request(`http://localhost${request.url}`, { method: request.method, headers });
}

/**
 * The endpoints of a monitor as a fastify plugin. `authorize` gets the FastifyRequest as its second argument. Register
 * the probes before sessions and limits, and the console after the session that opens it.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { healthRoutes } from '@resilient/health/fastify';
 * import fastify from 'fastify';
 *
 * const app = fastify();
 * await app.register(healthRoutes(createHealthMonitor(), { routes: 'probes' }));
 * ```
 */
export function healthRoutes(monitor: HealthMonitor, options: HealthHandlerOptions = {}): FastifyPluginAsync {
  const handle = createHealthHandler(monitor, options);
  const basePath = checkBasePath(options.basePath);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const response = await handle(webRequest(request), request);
    if (response === undefined) return false;
    probeRequests.add(request);
    const body = Buffer.from(await response.arrayBuffer());
    // Past fastify: no hook of the application's can add a header, fail, or keep a probe waiting.
    reply.hijack();
    reply.raw.writeHead(response.status, Object.fromEntries(response.headers)).end(body);
    return true;
  };
  return asPlugin('@resilient/health routes', (app) => {
    // With a callback, so that the requests of the application do not pay for a promise.
    app.addHook('onRequest', (request, reply, done) => {
      const isMine = pathBelow(basePath, request.url) !== undefined;
      if (!isMine || (request.method !== 'GET' && request.method !== 'HEAD')) {
        done();
        return;
      }
      answer(request, reply).then((answered) => {
        if (!answered) done();
      }, done);
    });
  });
}
