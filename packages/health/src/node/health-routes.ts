import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHealthHandler, type HealthHandlerOptions } from '../endpoints/health-handler.ts';
import { endpointPaths } from '../endpoints/paths.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { ownRequests } from './own-requests.ts';
import { sendResponse } from './send-response.ts';
import { webRequest } from './web-request.ts';

/** Answers a request if it is for the endpoints, and resolves to whether it did. */
export type NodeHealthRoutes = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * The endpoints of a monitor for Node's own server: call it first, and go on where it says `false`. `authorize` gets
 * the IncomingMessage as its second argument.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHealthMonitor } from '@resilient/health';
 * import { healthRoutes } from '@resilient/health/node';
 *
 * const health = healthRoutes(createHealthMonitor());
 * createServer(async (request, response) => {
 *   if (await health(request, response)) return;
 *   response.end('hello');
 * });
 * ```
 */
export function healthRoutes(monitor: HealthMonitor, options: HealthHandlerOptions = {}): NodeHealthRoutes {
  return hostedRoutes(monitor, options, (request) => request);
}

/** The same for a framework on Node: `hostOf` gives what `authorize` gets. */
export function hostedRoutes<Host>(
  monitor: HealthMonitor,
  options: HealthHandlerOptions,
  hostOf: (request: IncomingMessage) => Host,
): NodeHealthRoutes {
  const handle = createHealthHandler(monitor, options);
  const endpointOf = endpointPaths(options.basePath);
  return async function answerHealth(request, response) {
    const { method, url = '/' } = request;
    if (endpointOf(url) === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
    const answer = await handle(webRequest(request), hostOf(request));
    if (answer === undefined) return false;
    ownRequests.add(request);
    await sendResponse(response, answer);
    return true;
  };
}
