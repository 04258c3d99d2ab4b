import type { HealthHandlerOptions } from '../endpoints/health-handler.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { hostedRoutes } from '../node/health-routes.ts';
import type { Context, Middleware } from './koa.ts';

/**
 * The endpoints of a monitor for koa. `authorize` gets koa's context as its second argument. Use the probes before
 * body parsers, sessions and limits, and the console after the session that opens it.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 * import { healthRoutes } from '@resilient/health/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(healthRoutes(createHealthMonitor(), { routes: 'probes' }));
 * ```
 */
export function healthRoutes(monitor: HealthMonitor, options: HealthHandlerOptions = {}): Middleware {
  const contexts = new WeakMap<object, Context>();
  const answer = hostedRoutes(monitor, options, (request) => contexts.get(request));
  return async function health(context, next) {
    contexts.set(context.req, context);
    if (await answer(context.req, context.res)) context.respond = false;
    else await next();
  };
}
