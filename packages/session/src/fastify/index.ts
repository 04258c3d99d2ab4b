/**
 * Healed sessions for fastify, on `@fastify/session`.
 *
 * @module
 */
export { healedSession } from './healed-session.ts';
export type { HealedSessionOptions } from './options.ts';
