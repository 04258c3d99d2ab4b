import type { HealthMonitor } from '../monitor/types.ts';
import { ownRequests } from '../node/own-requests.ts';
import { clientErrorOf } from '../pages/client-error.ts';
import { type PagesOptions, pagesSettings } from '../pages/error-pages-options.ts';
import { answerFailure, notFoundPage } from '../pages/failed-request.ts';
import { honoError } from './client-error.ts';
import type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from './hono.ts';
import { pageResponse } from './page-response.ts';

/** What can be said of {@link errorPages}; `notFound` is decided by `app.notFound`. */
export type ErrorPagesOptions = Omit<PagesOptions<Context>, 'notFound'>;

/** The three places of a hono application. */
export interface ErrorPages {
  /** Records every request, and answers what is thrown and is no Error: `app.use` it first. */
  readonly requests: MiddlewareHandler;
  /** For `app.onError`. */
  readonly errors: ErrorHandler;
  /** For `app.notFound`. */
  readonly notFound: NotFoundHandler;
}

/** The template of the route that answered: the last that matched, if it is not one of middleware. */
function routeOf(context: Context): string | undefined {
  const { matchedRoutes } = context.req as { matchedRoutes?: readonly { readonly path: string }[] };
  const path = matchedRoutes?.at(-1)?.path;
  return path === undefined || path.endsWith('*') ? undefined : path;
}

/**
 * Friendly error pages for hono: rolls back, records, logs with a correlation id, and answers with a page that holds
 * that id and nothing else of the error. Hono calls its `onError` for what is an `Error` alone, so the outermost
 * middleware is needed as well. An answer that breaks off while it is streamed is told to hono's stream helpers, not here.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { errorPages } from '@resilient/health/hono';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * const pages = errorPages(createHealthMonitor());
 * app.use(pages.requests); // first
 * app.onError(pages.errors);
 * app.notFound(pages.notFound);
 * ```
 */
export function errorPages(monitor: HealthMonitor, options: ErrorPagesOptions = {}): ErrorPages {
  const settings = pagesSettings<Context>(options);
  const { clock } = monitor;

  const answerError = async (error: unknown, context: Context): Promise<Response> => {
    const { req } = context;
    const answer = await answerFailure(monitor, settings, {
      error,
      client: clientErrorOf(error, {
        isGone: req.raw.signal.aborted,
        frameworksOwn: honoError,
        clientStatus: settings.clientStatus,
      }),
      host: context,
      method: req.method,
      accept: req.header('accept'),
      route: routeOf(context),
      headersSent: false,
    });
    // Only an answer that is on its way has none, and of that hono knows nothing.
    if (answer === undefined) return new Response(null, { status: 500 });
    return pageResponse(context, answer.status, answer);
  };

  const record = (context: Context, durationMs: number): void => {
    const { res } = context;
    const isStream = res.headers.get('content-type')?.startsWith('text/event-stream') || res.status === 101;
    if (isStream || ownRequests.has(context.req.raw) || context.req.raw.signal.aborted) return;
    const route = routeOf(context);
    monitor.recordRequest({ ...(route === undefined ? {} : { route }), status: res.status, durationMs });
  };

  return {
    async requests(context, next) {
      const startedAt = clock.now();
      try {
        await next();
      } catch (error) {
        context.res = await answerError(error, context);
      }
      record(context, clock.now() - startedAt);
    },
    errors: answerError,
    async notFound(context) {
      const page = await notFoundPage(monitor, settings, context.req.header('accept'));
      return pageResponse(context, 404, { page });
    },
  };
}
