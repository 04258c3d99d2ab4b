import type { CareOptions } from '../store/session-care.ts';
import type { HealingStoreOptions, SessionStore } from '../store/types.ts';

/** A storage as `@hono/session` takes it; its `set` and `delete` are not waited for. */
export interface HonoStorage {
  get(sid: string): unknown;
  set(sid: string, value: Record<string, unknown>): unknown;
  delete(sid: string): unknown;
}

/** Where {@link healedStorage} keeps sessions: a storage of `@hono/session`, or a store with callbacks. */
export type StorageForHono = HonoStorage | { readonly callbacks: SessionStore };

/** What {@link healedStorage} takes beside a storage and a shape. */
export interface HealedStorageOptions
  extends Omit<HealingStoreOptions, 'hostMethods'>,
    Pick<CareOptions, 'onRepair'> {}

/** The storage of one request, in the shape that `@hono/session` expects. */
export interface HealedStorage {
  get(sid: string): Promise<Record<string, unknown> | null>;
  set(sid: string, value: Record<string, unknown>): void;
  delete(sid: string): void;
}
