import type { HealthMonitor } from '../monitor/types.ts';
import { breakOff } from '../node/send-page.ts';
import { clientErrorOf } from '../pages/client-error.ts';
import { type PagesOptions, type PagesSettings, pagesSettings } from '../pages/error-pages-options.ts';
import { answerFailure, notFoundPage } from '../pages/failed-request.ts';
import { asPlugin } from './as-plugin.ts';
import { fastifyError } from './client-error.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from './fastify.ts';
import { recordRequests, routeOf } from './record-requests.ts';
import { sendPage } from './send-page.ts';

/** What can be said of {@link errorPages}. */
export type ErrorPagesOptions = PagesOptions<FastifyRequest>;

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * Friendly error pages as a fastify plugin: rolls back, records, logs with a correlation id, and answers with a page
 * that holds that id and nothing else of the error. It also records every request. Register it first.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { errorPages } from '@resilient/health/fastify';
 * import fastify from 'fastify';
 *
 * const app = fastify();
 * await app.register(errorPages(createHealthMonitor()));
 * app.get('/', async () => {
 *   throw new Error('nobody will read this but you'); // 500, and a number to ask for
 * });
 * ```
 */
export function errorPages(monitor: HealthMonitor, options: ErrorPagesOptions = {}): FastifyPluginAsync {
  const settings = pagesSettings(options);
  return asPlugin('@resilient/health error pages', (app) => {
    recordRequests(app, monitor, settings.report);
    app.setErrorHandler(errorHandler(monitor, settings));
    if (!settings.notFound) return;
    app.setNotFoundHandler(async (request, reply) =>
      sendPage(reply, { status: 404, page: await notFoundPage(monitor, settings, request.headers.accept) }),
    );
  });
}

function errorHandler(monitor: HealthMonitor, settings: PagesSettings<FastifyRequest>): ErrorHandler {
  return async function errorPage(error, request, reply) {
    const answer = await answerFailure(monitor, settings, {
      error,
      client: clientErrorOf(error, {
        isGone: reply.raw.destroyed,
        frameworksOwn: (given) => fastifyError(given, reply),
        clientStatus: settings.clientStatus,
      }),
      host: request,
      method: request.method,
      accept: request.headers.accept,
      route: routeOf(request),
      reqId: request.id,
      headersSent: reply.raw.headersSent,
    });
    if (answer !== undefined && !reply.raw.headersSent) return sendPage(reply, answer);
    reply.hijack();
    breakOff(request.raw, reply.raw);
    return reply;
  };
}
