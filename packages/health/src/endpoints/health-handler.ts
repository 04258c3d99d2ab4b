import { checkKnown, checkOneOf, refuse } from '@resilient/core';
import { ReportFeed } from '../dashboard/report-feed.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { type AccessOptions, accessControl } from './access.ts';
import { challenge, probeResponse, reportResponse } from './answer.ts';
import { dashboardResponse, eventsResponse } from './dashboard-response.ts';

/** How the endpoints are mounted. */
export interface HealthHandlerOptions extends AccessOptions {
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
const CONSOLE: ReadonlySet<string> = new Set(['/detailed', '/dashboard', '/dashboard/events']);

/** The options that a handler knows, for adapters that add their own. */
export const HANDLER_OPTIONS: readonly string[] = ['basePath', 'routes', 'authorize', 'token', 'basic'];

/**
 * The path below `basePath` that a URL names, without query and trailing slash; `undefined` for one that is elsewhere.
 */
export function pathBelow(basePath: string, url: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.startsWith(basePath)) return undefined;
  const rest = path.slice(basePath.length).replace(/\/$/, '');
  return rest === '' || rest.startsWith('/') ? rest : undefined;
}

/**
 * Checks where the endpoints are.
 *
 * @throws TypeError if it does not begin with a slash, or ends with one
 */
export function checkBasePath(basePath: string = '/health'): string {
  if (typeof basePath !== 'string' || !/^(\/[\w.~-]+)+$/.test(basePath)) {
    throw refuse('basePath', 'a path such as /health', basePath);
  }
  return basePath;
}

/**
 * Makes the endpoints of a monitor for any framework: `/health`, `/health/live`, `/health/ready` for everybody;
 * `/health/detailed` and `/health/dashboard` for whom `authorize` or `token` lets in.
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
  const basePath = checkBasePath(options.basePath);
  const routes = checkOneOf('routes', options.routes ?? 'all', ['probes', 'console', 'all']);
  const allowed = accessControl(monitor.clock, options);
  const feed = new ReportFeed(monitor);

  return async function healthHandler(request, host) {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const path = pathBelow(basePath, new URL(request.url).pathname);
    if (path === undefined) return undefined;
    const probe = Object.hasOwn(PROBES, path) ? PROBES[path] : undefined;
    if (probe !== undefined) {
      if (routes === 'console') return undefined;
      return probeResponse(request, await monitor.probe(probe), probe === 'health');
    }
    if (!CONSOLE.has(path) || routes === 'probes') return undefined;
    const access = await allowed(request, host);
    if (access !== 'yes') return access === 'ask' ? challenge() : undefined;
    if (path === '/dashboard') return dashboardResponse(request, feed, `${basePath}/dashboard/events`);
    if (path === '/dashboard/events') return eventsResponse(request, feed);
    const { code } = await monitor.probe('health');
    return reportResponse(request, monitor.getReport(), code);
  };
}
