import { checkKnown, checkOneOf } from '@resilient/core';
import { ReportFeed } from '../dashboard/report-feed.ts';
import { type MetricsOptions, metricsPage } from '../metrics/metrics-page.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { type AccessOptions, accessControl } from './access.ts';
import { challenge, probeResponse, reportResponse } from './answer.ts';
import { dashboardResponse, eventsResponse } from './dashboard-response.ts';
import { endpointPaths, METRICS_PATH } from './paths.ts';

/** How the endpoints are mounted. */
export interface HealthHandlerOptions extends AccessOptions, MetricsOptions {
  /** Where they are. @defaultValue `'/health'` */
  readonly basePath?: string;
  /**
   * Which of them: probes belong before sessions and limits, the console after the session that opens it.
   * @defaultValue `'all'`
   */
  readonly routes?: 'probes' | 'console' | 'all';
}

/** Answers a request, or `undefined`: not mine, or not allowed, so that nobody can tell the two apart. */
export type HealthHandler = (request: Request, host?: unknown) => Promise<Response | undefined>;

const PROBES: Readonly<Record<string, 'health' | 'live' | 'ready'>> = {
  '': 'health',
  '/live': 'live',
  '/ready': 'ready',
};

/** What only some may see. */
const CONSOLE: ReadonlySet<string> = new Set(['/detailed', '/dashboard', '/dashboard/events', METRICS_PATH]);

/** The options that a handler knows, for adapters that add their own. */
export const HANDLER_OPTIONS: readonly string[] = [
  'basePath',
  'routes',
  'authorize',
  'token',
  'basic',
  'registry',
  'openMetrics',
];

/**
 * Makes the endpoints of a monitor for any framework: `/health`, `/health/live`, `/health/ready` for everybody;
 * `/health/detailed`, `/health/dashboard` and `/metrics` for whom `authorize` or `token` lets in.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthHandler, createHealthMonitor } from '@resilient/health';
 *
 * const handle = createHealthHandler(createHealthMonitor());
 * const response = await handle(new Request('http://localhost/health/live'));
 * console.log(response?.status); // 200
 * ```
 */
export function createHealthHandler(
  monitor: HealthMonitor,
  options: HealthHandlerOptions = {},
): HealthHandler {
  checkKnown('createHealthHandler', options, HANDLER_OPTIONS);
  const { basePath = '/health' } = options;
  const endpointOf = endpointPaths(basePath);
  const routes = checkOneOf('routes', options.routes ?? 'all', ['probes', 'console', 'all']);
  const allowed = accessControl(monitor.clock, options);
  const feed = new ReportFeed(monitor);
  const metrics = metricsPage(monitor, options);

  return async function healthHandler(request, host) {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const path = endpointOf(new URL(request.url).pathname);
    if (path === undefined) return undefined;
    const probe = Object.hasOwn(PROBES, path) ? PROBES[path] : undefined;
    if (probe !== undefined) {
      if (routes === 'console') return undefined;
      return probeResponse(request, await monitor.probe(probe), probe === 'health');
    }
    if (!CONSOLE.has(path) || routes === 'probes') return undefined;
    const access = await allowed(request, host);
    if (access !== 'yes') return access === 'ask' ? challenge() : undefined;
    // The report and the page show what was read last of the other instances.
    if (path === '/dashboard' || path === '/detailed') await monitor.getFleetSummary();
    if (path === '/dashboard') return dashboardResponse(request, feed, `${basePath}/dashboard/events`);
    if (path === METRICS_PATH) return metrics(request);
    if (path === '/dashboard/events') return eventsResponse(request, feed);
    const { code } = await monitor.probe('health');
    return reportResponse(request, monitor.getReport(), code);
  };
}
