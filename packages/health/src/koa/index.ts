/**
 * The monitor's endpoints and error pages for koa 2 and 3.
 *
 * @module
 */
export type { RollbackHook } from '../pages/error-pages-options.ts';
export { type ErrorPagesOptions, errorPages } from './error-pages.ts';
export { healthRoutes } from './health-routes.ts';
