/**
 * Sessions that are damaged, old or incomplete, healed key by key: nobody logged out, nothing granted.
 *
 * @module
 */
export { SessionCorruptError } from './errors/session-corrupt-error.ts';
export { SessionStoreError, type StoreOperation } from './errors/session-store-error.ts';
export { SessionTooLargeError } from './errors/session-too-large-error.ts';
export { ensureSessionDefaults } from './heal/ensure-session-defaults.ts';
export { fixCorruptedSession } from './heal/fix-corrupted-session.ts';
export type { Repair } from './heal/repair.ts';
export { defineSession } from './shape/define-session.ts';
export type { KeyKind } from './shape/key-kind.ts';
export type {
  AuthorityKey,
  CheckedKeys,
  Healed,
  IdentityKey,
  InferSession,
  PreferenceKey,
  SessionData,
  SessionDefinition,
  SessionKey,
  SessionKeys,
  SessionShape,
} from './shape/types.ts';
export { healingStore } from './store/healing-store.ts';
export type { HealingStore, HealingStoreOptions, SessionStore, StoreCallback } from './store/types.ts';
