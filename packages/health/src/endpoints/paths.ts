import { refuse } from '@resilient/core';

/** Where metrics systems look by themselves, whatever `basePath` is. */
export const METRICS_PATH = '/metrics';

/**
 * Makes what names the endpoint of a URL: the path below `basePath`, or `/metrics`, without query and trailing slash;
 * `undefined` for one that is elsewhere.
 *
 * @throws TypeError if `basePath` does not begin with a slash, or ends with one
 */
export function endpointPaths(basePath: string = '/health'): (url: string) => string | undefined {
  if (typeof basePath !== 'string' || !/^(\/[\w.~-]+)+$/.test(basePath)) {
    throw refuse('basePath', 'a path such as /health', basePath);
  }
  return function endpointOf(url) {
    const path = (url.split('?', 1)[0] ?? '').replace(/\/$/, '');
    if (path === METRICS_PATH) return METRICS_PATH;
    if (!path.startsWith(basePath)) return undefined;
    const rest = path.slice(basePath.length);
    return rest === '' || rest.startsWith('/') ? rest : undefined;
  };
}
