import { createHealthHandler, type HealthHandlerOptions } from '../endpoints/health-handler.ts';
import { endpointPaths } from '../endpoints/paths.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { ownRequests } from '../node/own-requests.ts';
import { sendResponse } from '../node/send-response.ts';
import { webRequest } from '../node/web-request.ts';
import { asPlugin } from './as-plugin.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from './fastify.ts';

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
  const endpointOf = endpointPaths(options.basePath);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const response = await handle(webRequest(request), request);
    if (response === undefined) return false;
    ownRequests.add(request.raw);
    // Past fastify: no hook of the application's can add a header, fail, or keep a probe waiting.
    reply.hijack();
    await sendResponse(reply.raw, response);
    return true;
  };
  return asPlugin('@resilient/health routes', (app) => {
    // With a callback, so that the requests of the application do not pay for a promise.
    app.addHook('onRequest', (request, reply, done) => {
      const isMine = endpointOf(request.url) !== undefined;
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
