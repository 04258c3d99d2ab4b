/**
 * The monitor's endpoints for Node's own server.
 *
 * @module
 */
export { healthRoutes, type NodeHealthRoutes } from './health-routes.ts';
export { type RequestRecorder, recordRequests } from './record-requests.ts';
