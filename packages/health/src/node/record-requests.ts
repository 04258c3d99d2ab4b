import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthMonitor } from '../monitor/types.ts';
import { recordRequest } from './record-request.ts';

/** Tells a monitor of each request. */
export type RequestRecorder = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Tells a monitor of the requests of Node's own server: call it first for each.
 *
 * @param routeOf names the template of a request's route when it has been answered; without one all are `_unmatched`,
 * since paths hold identifiers and are without number
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHealthMonitor } from '@resilient/health';
 * import { recordRequests } from '@resilient/health/node';
 *
 * const record = recordRequests(createHealthMonitor());
 * createServer((request, response) => {
 *   record(request, response);
 *   response.end('hello');
 * });
 * ```
 */
export function recordRequests(
  monitor: HealthMonitor,
  routeOf: (request: IncomingMessage) => string | undefined = () => undefined,
): RequestRecorder {
  return (request, response) => recordRequest(monitor, request, response, () => routeOf(request));
}
