/**
 * Healed sessions for fastify, on `@fastify/secure-session`.
 *
 * @module
 */
export { type HealedSecureSessionOptions, healedSecureSession } from './healed-secure-session.ts';
