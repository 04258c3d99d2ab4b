import type { Clock, Logger } from '@resilient/core';

/** How a store answers: an error, or what it found. */
export type StoreCallback<T = void> = (error?: unknown, result?: T | null) => void;

/** The store that hosts expect, as express-session and @fastify/session describe it. */
export interface SessionStore {
  get(sessionId: string, callback: StoreCallback<unknown>): void;
  set(sessionId: string, session: object, callback: StoreCallback): void;
  destroy(sessionId: string, callback: StoreCallback): void;
  touch?(sessionId: string, session: object, callback: StoreCallback): void;
  /**
   * Like `set`, but only if the session is still there; no error if it is not. Without it, `get` is asked before `set`,
   * and a log-out in another process between the two is undone.
   */
  replace?(sessionId: string, session: object, callback: StoreCallback): void;
}

/** What {@link healingStore} answers: a store whose answers can be handed to any host. */
export interface HealingStore {
  get(sessionId: string, callback: (error: unknown, session?: never) => void): void;
  set(sessionId: string, session: object, callback: (error?: unknown) => void): void;
  destroy(sessionId: string, callback: (error?: unknown) => void): void;
  touch?(sessionId: string, session: object, callback: (error?: unknown) => void): void;
}

/** What {@link healingStore} takes beside a store and a shape. */
export interface HealingStoreOptions {
  /**
   * What a request gets while the store is down: `fail` an error `STORE_DOWN` (503), `anonymous` an empty session that
   * is never written. @defaultValue `'fail'`
   */
  readonly onStoreDown?: 'fail' | 'anonymous';
  /** How long the store may take to find a session, in milliseconds. @defaultValue 2,000 */
  readonly storeTimeoutMs?: number;
  /** How long it may take to write one, in milliseconds; a locked database is waited for. @defaultValue 10,000 */
  readonly writeTimeoutMs?: number;
  /** Names that a stored row may not use, beside `__proto__`, `constructor` and `prototype`: methods of the host.
   * @defaultValue `save`, `regenerate`, `destroy`, `touch`, `reload` */
  readonly hostMethods?: readonly string[];
  /** Name in events. @defaultValue `'session'` */
  readonly name?: string;
  /** @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}
