/**
 * Healed sessions for hono, on `@hono/session`.
 *
 * @module
 */
export { healedStorage } from './healed-storage.ts';
export type { HealedStorage, HealedStorageOptions, HonoStorage, StorageForHono } from './types.ts';
