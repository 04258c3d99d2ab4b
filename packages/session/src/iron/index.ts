/**
 * Healed sessions of iron-session.
 *
 * @module
 */
export { type HealedIronSession, type HealIronOptions, healIronSession } from './heal-iron-session.ts';
