import type { HealthMonitor } from '../monitor/types.ts';
import { recordRequest } from '../node/record-request.ts';
import { breakOff, sendPage } from '../node/send-page.ts';
import { clientErrorOf } from '../pages/client-error.ts';
import { type PagesOptions, pagesSettings } from '../pages/error-pages-options.ts';
import { answerFailure, notFoundPage } from '../pages/failed-request.ts';
import { expressError } from './client-error.ts';
import type { ErrorRequestHandler, Request, RequestHandler } from './express.ts';
import { routeOf } from './route-of.ts';

/** What can be said of {@link errorPages}. */
export type ErrorPagesOptions = PagesOptions<Request>;

/** The two ends of an express application. */
export interface ErrorPages {
  /** Records every request: `app.use` it first. */
  readonly requests: RequestHandler;
  /** Answers what nobody answered, and every error: `app.use` it last. */
  readonly errors: (RequestHandler | ErrorRequestHandler)[];
}

/**
 * Friendly error pages for express 5: rolls back, records, logs with a correlation id, and answers with a page that
 * holds that id and nothing else of the error.
 *
 * What express itself swallows, a synchronous `throw` of `null`, `undefined`, `0`, `''`, `'route'` or `'router'`, ends
 * in the page for 404 and cannot be recorded.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { errorPages } from '@resilient/health/express';
 * import express from 'express';
 *
 * const app = express();
 * const pages = errorPages(createHealthMonitor());
 * app.use(pages.requests);
 * app.get('/', () => {
 *   throw new Error('nobody will read this but you'); // 500, and a number to ask for
 * });
 * app.use(pages.errors);
 * ```
 */
export function errorPages(monitor: HealthMonitor, options: ErrorPagesOptions = {}): ErrorPages {
  const settings = pagesSettings(options);

  const requests: RequestHandler = function recordRequests(request, response, next) {
    recordRequest(monitor, request, response, () => routeOf(request));
    next();
  };
  const notFound: RequestHandler = async function noRoute(request, response) {
    sendPage(response, { status: 404, page: await notFoundPage(monitor, settings, request.headers.accept) });
  };
  // Express tells a handler of errors by its four parameters.
  const failed: ErrorRequestHandler = async function errorPage(error, request, response, _next) {
    const answer = await answerFailure(monitor, settings, {
      error,
      client: clientErrorOf(error, {
        isGone: response.destroyed,
        frameworksOwn: expressError,
        clientStatus: settings.clientStatus,
      }),
      host: request,
      method: request.method,
      accept: request.headers.accept,
      route: routeOf(request),
      headersSent: response.headersSent,
    });
    if (answer === undefined || response.headersSent) breakOff(request, response);
    else {
      try {
        sendPage(response, answer);
      } catch (failure) {
        // A session, for one, saves itself in a wrapped `end`, and may throw there.
        answer.onFailure(failure);
        breakOff(request, response);
      }
    }
  };
  return { requests, errors: settings.notFound ? [notFound, failed] : [failed] };
}
