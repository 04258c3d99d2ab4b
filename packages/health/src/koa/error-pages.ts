import type { HealthMonitor } from '../monitor/types.ts';
import { recordRequest } from '../node/record-request.ts';
import { breakOff, sendPage } from '../node/send-page.ts';
import { clientErrorOf, exposedError } from '../pages/client-error.ts';
import { type PagesOptions, pagesSettings } from '../pages/error-pages-options.ts';
import { answerFailure, notFoundPage } from '../pages/failed-request.ts';
import type { Context, Middleware } from './koa.ts';

/** What can be said of {@link errorPages}. */
export type ErrorPagesOptions = PagesOptions<Context>;

/** The template of a request's route, as koa's routers leave it on the context. */
function routeOf(context: Context): string | undefined {
  const { _matchedRoute } = context as { _matchedRoute?: unknown };
  return _matchedRoute === undefined ? undefined : String(_matchedRoute);
}

/**
 * Friendly error pages for koa, as its outermost middleware: rolls back, records, logs with a correlation id, and
 * answers with a page that holds that id and nothing else of the error. It also records every request.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { errorPages } from '@resilient/health/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(errorPages(createHealthMonitor())); // first
 * app.use(() => {
 *   throw new Error('nobody will read this but you'); // 500, and a number to ask for
 * });
 * ```
 */
export function errorPages(monitor: HealthMonitor, options: ErrorPagesOptions = {}): Middleware {
  const settings = pagesSettings(options);

  const answerError = async (context: Context, error: unknown): Promise<void> => {
    const { req, res } = context;
    const answer = await answerFailure(monitor, settings, {
      error,
      // `ctx.throw` and body parsers make errors of `http-errors`.
      client: clientErrorOf(error, {
        isGone: res.destroyed,
        frameworksOwn: exposedError,
        clientStatus: settings.clientStatus,
      }),
      host: context,
      method: context.method,
      accept: req.headers.accept,
      route: routeOf(context),
      headersSent: res.headersSent,
    });
    context.respond = false; // past koa, which would answer with what is on the context
    if (answer !== undefined && !res.headersSent) sendPage(res, answer);
    else if (!res.writableFinished) breakOff(req, res);
  };

  return async function errorPage(context, next) {
    const { req, res } = context;
    recordRequest(monitor, req, res, () => routeOf(context));
    // What fails once this has returned, such as a stream that is the body, comes here; koa's own shows `expose`.
    context.onerror = (error: unknown) => {
      if (error != null) void answerError(context, error);
    };
    try {
      await next();
    } catch (error) {
      await answerError(context, error);
      return;
    }
    if (!settings.notFound || context.status !== 404 || context.body != null) return;
    if (context.respond === false || res.headersSent) return;
    const page = await notFoundPage(monitor, settings, req.headers.accept);
    context.respond = false;
    sendPage(res, { status: 404, page });
  };
}
