import type { EventEmitter } from 'node:events';
import type { Clock, Logger } from '@resilient/core';
import type { Quarantine } from '../quarantine/quarantine-entry.ts';

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
  /** Answers the stored bytes as they are, for `quarantine`; 16 KiB of them are used at most. */
  readRaw?(sessionId: string): Promise<string | Uint8Array | undefined>;
}

/**
 * What {@link healingStore} answers: a store whose answers can be handed to any host. It has what express-session asks
 * of a store beyond that: `createSession`, `load` and `regenerate`, and the events `disconnect` and `connect`.
 */
export interface HealingStore extends EventEmitter {
  get(sessionId: string, callback: (error: unknown, session?: never) => void): void;
  set(sessionId: string, session: object, callback?: (error?: unknown) => void): void;
  destroy(sessionId: string, callback?: (error?: unknown) => void): void;
  touch?(sessionId: string, session: object, callback?: (error?: unknown) => void): void;
  /** Makes a session of a row for a request; the attributes of its cookie are those of the options. */
  createSession(request: object, row: object): never;
  /** Finds a session outside a request. */
  load(sessionId: string, callback: (error: unknown, session?: never) => void): void;
  /** Destroys the session of a request and gives it a new one. */
  regenerate(request: object, callback: (error?: unknown) => void): void;
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
  /**
   * Is handed each session that could not be read, while its user is given a fresh one; what it throws is ignored. A row
   * holds live credentials: keep it where few can read it. @defaultValue none
   */
  readonly quarantine?: Quarantine;
  /** Reads the stored bytes of a session for `quarantine`. @defaultValue the store's own `readRaw`, if it has one */
  readonly readRaw?: (sessionId: string) => Promise<string | Uint8Array | undefined>;
  /** Name in events. @defaultValue `'session'` */
  readonly name?: string;
  /** @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}
