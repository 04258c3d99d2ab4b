import type { HealthHandlerOptions } from '../endpoints/health-handler.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { hostedRoutes } from '../node/health-routes.ts';
import type { RequestHandler } from './express.ts';

/**
 * The endpoints of a monitor for express. `authorize` gets express's request as its second argument. Use the probes
 * before body parsers, sessions and limits, and the console after the session that opens it.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { healthRoutes } from '@resilient/health/express';
 * import express from 'express';
 *
 * const app = express();
 * app.use(healthRoutes(createHealthMonitor(), { routes: 'probes' }));
 * ```
 */
export function healthRoutes(monitor: HealthMonitor, options: HealthHandlerOptions = {}): RequestHandler {
  const answer = hostedRoutes(monitor, options, (request) => request);
  return function health(request, response, next) {
    answer(request, response).then((answered) => {
      if (!answered) next();
    }, next);
  };
}
