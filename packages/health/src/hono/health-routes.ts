import { createHealthHandler, type HealthHandlerOptions } from '../endpoints/health-handler.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { ownRequests } from '../node/own-requests.ts';
import type { MiddlewareHandler } from './hono.ts';

/**
 * The endpoints of a monitor for hono. `authorize` gets hono's context as its second argument. Use the probes before
 * sessions and limits, and the console after the session that opens it.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { healthRoutes } from '@resilient/health/hono';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.use(healthRoutes(createHealthMonitor(), { routes: 'probes' }));
 * ```
 */
export function healthRoutes(monitor: HealthMonitor, options: HealthHandlerOptions = {}): MiddlewareHandler {
  const handle = createHealthHandler(monitor, options);
  return async function health(context, next) {
    const response = await handle(context.req.raw, context);
    if (response === undefined) return next();
    ownRequests.add(context.req.raw);
    return response;
  };
}
