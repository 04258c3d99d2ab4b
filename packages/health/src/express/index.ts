/**
 * The monitor's endpoints and error pages for express 5.
 *
 * @module
 */
export type { RollbackHook } from '../pages/error-pages-options.ts';
export { type ErrorPages, type ErrorPagesOptions, errorPages } from './error-pages.ts';
export { healthRoutes } from './health-routes.ts';
