/**
 * Healed sessions for express, on express-session or cookie-session.
 *
 * @module
 */
export {
  type SessionHealingMiddleware,
  type SessionHealingOptions,
  sessionHealing,
} from './session-healing.ts';
