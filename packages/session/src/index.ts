/**
 * Sessions that are damaged, old or incomplete, healed key by key: nobody logged out, nothing granted.
 *
 * @module
 */
export { SessionConflictError } from './errors/session-conflict-error.ts';
export { SessionCorruptError } from './errors/session-corrupt-error.ts';
export { SessionStoreError, type StoreOperation } from './errors/session-store-error.ts';
export { SessionTooLargeError } from './errors/session-too-large-error.ts';
export type { ArrayOptions } from './field/array.ts';
export { field } from './field/field.ts';
export type { IntOptions } from './field/int.ts';
export type { Field } from './field/make-field.ts';
export type { StringOptions } from './field/string.ts';
export { ensureSessionDefaults } from './heal/ensure-session-defaults.ts';
export { fixCorruptedSession } from './heal/fix-corrupted-session.ts';
export { healLoaded, type LoadedOptions, type LoadedSession } from './heal/heal-loaded.ts';
export type { Repair } from './heal/repair.ts';
export type { Quarantine, QuarantineEntry, QuarantineReason } from './quarantine/quarantine-entry.ts';
export { type RestoreOptions, restoreAuthority } from './restore/restore-authority.ts';
export { readyToSave } from './save/ready-to-save.ts';
export type { SealOptions } from './seal/seal-options.ts';
export { defineSession } from './shape/define-session.ts';
export type { KeyKind } from './shape/key-kind.ts';
export type {
  AuthorityKey,
  CheckedKeys,
  Healed,
  IdentityKey,
  InferSession,
  Migration,
  PreferenceKey,
  SessionData,
  SessionDefinition,
  SessionIdentity,
  SessionKey,
  SessionKeys,
  SessionShape,
} from './shape/types.ts';
export { healingStore } from './store/healing-store.ts';
export type { CareOptions } from './store/session-care.ts';
export type { HealingStore, HealingStoreOptions, SessionStore, StoreCallback } from './store/types.ts';
