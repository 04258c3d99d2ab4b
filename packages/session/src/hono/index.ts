/**
 * Healed sessions for hono, on `@hono/session`.
 *
 * @module
 */
export {
  type HealedStorage,
  type HealedStorageOptions,
  type HonoStorage,
  healedStorage,
  type StorageForHono,
} from './healed-storage.ts';
