import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { correlationId, titleOf } from '../pages/error-page.ts';
import { type AnsweredError, answerTo } from '../pages/error-status.ts';
import { renderPage } from '../pages/render-page.ts';
import { bounded } from '../time/bounded.ts';
import { asPlugin } from './as-plugin.ts';
import { clientErrorOf } from './client-error.ts';
import {
  type ErrorPagesOptions,
  type ErrorPagesSettings,
  errorPagesSettings,
} from './error-pages-options.ts';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from './fastify.ts';
import { recordRequests, routeOf } from './record-requests.ts';
import { sendPage } from './send-page.ts';

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
  const settings = errorPagesSettings(options);
  return asPlugin('@resilient/health error pages', (app) => {
    const cut = new WeakSet<object>();
    recordRequests(app, monitor, cut);
    app.setErrorHandler(errorHandler(monitor, settings, cut));
    if (settings.notFound) app.setNotFoundHandler(notFoundHandler(monitor, settings));
  });
}

function errorHandler(
  monitor: HealthMonitor,
  settings: ErrorPagesSettings,
  cut: WeakSet<object>,
): ErrorHandler {
  const { clock, logger } = monitor;

  const rollBack = async (error: unknown, request: FastifyRequest): Promise<void> => {
    for (const hook of settings.hooks) {
      const ended = await bounded(clock, settings.hookTimeoutMs, () => hook(error, request));
      if (!ended.ok)
        logger.error({ err: errorForLog(ended.error) }, 'an onError hook failed, or needed too long');
    }
  };

  return async function errorPage(error, request, reply) {
    const id = correlationId();
    const route = routeOf(request);
    const context = route === undefined ? {} : { route };
    const client = clientErrorOf(error, reply, settings.clientStatus);
    const answer: AnsweredError = client ?? answerTo(error, clock.epochNow());
    const facts = { status: answer.status, id, title: titleOf(answer.status) };
    const line = {
      correlationId: id,
      reqId: request.id,
      method: request.method,
      ...context,
      status: answer.status,
    };
    await rollBack(error, request);
    if (client === undefined) {
      monitor.recordError(error, context);
      logger.error({ ...line, err: errorForLog(error) }, 'a request failed');
    } else {
      logger.info({ ...line, err: errorForLog(error) }, 'a request was refused');
    }
    if (reply.raw.headersSent) {
      // Half an answer cannot be taken back: the client must see that it is broken.
      cut.add(request);
      reply.hijack();
      reply.raw.destroy();
      return reply;
    }
    const page = await renderPage({
      facts,
      accept: request.headers.accept,
      extra: client?.extra ?? {},
      template: settings.template,
      clock,
      logger,
    });
    const onFailure = (failure: unknown): void => {
      monitor.recordError(failure, context);
      logger.error({ ...line, err: errorForLog(failure) }, 'a hook failed while an error page was sent');
    };
    return sendPage(reply, { status: answer.status, page, retryAfterS: answer.retryAfterS, onFailure });
  };
}

function notFoundHandler({ clock, logger }: HealthMonitor, { template }: ErrorPagesSettings) {
  return async function notFoundPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const facts = { status: 404, title: titleOf(404) };
    const page = await renderPage({ facts, accept: request.headers.accept, template, clock, logger });
    return sendPage(reply, { status: 404, page });
  };
}
