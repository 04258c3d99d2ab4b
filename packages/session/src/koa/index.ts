/**
 * Healed sessions for koa, on koa-session.
 *
 * @module
 */
export type { KoaStore, KoaStoreContext } from './exchange.ts';
export { healedStore, type KoaHealedStore, type StoreForKoa } from './healed-store.ts';
export { type SessionHealingMiddleware, sessionHealing } from './session-healing.ts';
