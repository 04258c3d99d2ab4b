/**
 * The monitor's endpoints and error pages for fastify 5.
 *
 * @module
 */
export { errorPages } from './error-pages.ts';
export type { ErrorPagesOptions, RollbackHook } from './error-pages-options.ts';
export { healthRoutes } from './health-routes.ts';
