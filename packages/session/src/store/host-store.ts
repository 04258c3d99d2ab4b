import { EventEmitter } from 'node:events';
import { type Logger, loggerOf, withoutDeadline } from '@resilient/core';
import type { SessionShape } from '../shape/types.ts';
import { STORE_DEFAULTS } from './defaults.ts';
import { passLineage } from './lineage.ts';
import type { RowCookie } from './read-row.ts';
import type { HealingStore, HealingStoreOptions, SessionStore } from './types.ts';
import { type Origin, type StoreWatch, WrappedStore } from './wrap-store.ts';

type Done = (error?: unknown) => void;

/** A session of express-session, as far as it matters here. */
export interface HostSession {
  readonly id: string;
  cookie: { expires?: Date | null; originalMaxAge?: number | null };
  touch(): void;
  save(callback: Done): void;
  regenerate(callback: Done): void;
}

interface HostRequest {
  session?: HostSession;
  sessionID?: string;
}

const own = { writable: true, enumerable: true, configurable: true, value: undefined };

/** The text of a session as hosts compare it: without its cookie. */
export function textOf(session: object): string {
  return JSON.stringify(session, function (this: unknown, key, value: unknown) {
    return key === 'cookie' && this === session ? undefined : value; // the cookie's own `toJSON` has run by now
  });
}

/** The wrapped store in the shape of express-session's `Store`, whose own methods trust every row. */
export class HostStore extends EventEmitter implements HealingStore, StoreWatch {
  /** Set by express-session: gives a request a new session with a cookie made of the options. */
  generate: ((request: object) => void) | undefined;
  touch?: (id: string, session: object, callback?: Done) => void;
  readonly wrapped: WrappedStore;
  readonly #origins = new WeakMap<object, Origin>();
  readonly #unsaved = new WeakSet<object>();
  /** What was written of a session; the host's own save, which comes right after ours, has nothing to add. */
  readonly #texts = new WeakMap<object, string>();
  readonly #early = new WeakSet<object>();
  readonly #untouched = new WeakSet<object>();
  readonly #logger: Logger;
  #isWarned = false;
  #answering: Origin | undefined;
  #probing = false;

  constructor(store: SessionStore, shape: SessionShape, options: HealingStoreOptions) {
    super();
    this.wrapped = new WrappedStore(store, shape, options, { watch: this });
    this.#logger = loggerOf(options.logger);
    if (typeof store.touch === 'function')
      this.touch = (id, session, callback = () => {}) => this.#touch(id, session, callback);
    for (const name of ['all', 'length', 'clear']) {
      const method: unknown = (store as unknown as Record<string, unknown>)[name];
      if (typeof method === 'function') Object.assign(this, { [name]: method.bind(store) });
    }
    const events = store as Partial<EventEmitter>;
    if (typeof events.on !== 'function') return;
    for (const event of ['disconnect', 'connect'])
      events.on(event, (...args: unknown[]) => this.emit(event, ...args));
  }

  get(id: string, callback: (error: unknown, session?: never) => void): void {
    this.wrapped.get(id, callback);
  }

  set(id: string, session: object, callback: Done = () => {}): void {
    if (this.#untouched.has(session)) this.#warn();
    if (this.#isStored(session)) callback();
    else this.wrapped.set(id, session, callback);
  }

  destroy(id: string, callback: Done = () => {}): void {
    this.wrapped.destroy(id, callback);
  }

  createSession(request: HostRequest, row: Record<string, unknown> & { cookie: RowCookie }): never {
    const made = Object.create(request, { session: own, sessionID: own }) as HostRequest;
    this.generate?.(made);
    const fresh = made.session as HostSession;
    const { expires, originalMaxAge } = row.cookie;
    if (originalMaxAge === null) fresh.cookie.expires = null;
    else if (originalMaxAge !== undefined) {
      if (expires !== undefined) fresh.cookie.expires = expires;
      fresh.cookie.originalMaxAge = originalMaxAge;
    }
    const Session = fresh.constructor as new (request: object, row: object) => HostSession;
    const session = new Session(request, { ...row, cookie: fresh.cookie });
    passLineage(row, session);
    this.#origins.set(session, this.#answering ?? 'loaded');
    request.session = session;
    return session as never;
  }

  load(id: string, callback: (error: unknown, session?: never) => void): void {
    this.get(id, (error, row) => {
      if (error || !row) callback(error);
      else
        callback(
          null,
          this.createSession({ sessionID: id, sessionStore: this, headers: {} } as HostRequest, row),
        );
    });
  }

  regenerate(request: HostRequest, callback: Done): void {
    this.destroy(request.sessionID ?? '', (error) => {
      this.generate?.(request);
      callback(error);
    });
  }

  answering(origin?: Origin): void {
    this.#answering = origin;
    if (origin === 'down' && this.wrapped.anonymous) this.#disconnect();
  }

  written(session: object, saved: boolean): void {
    if (saved) {
      this.#unsaved.delete(session);
      this.#texts.set(session, textOf(session));
    } else this.#unsaved.add(session);
  }

  /** Where a session comes from; `undefined` for one that is new. */
  originOf(session: object): Origin | undefined {
    return this.#origins.get(session);
  }

  /** Tells whether the host believes a session saved that is not. */
  isUnsaved(session: object): boolean {
    return this.#unsaved.has(session);
  }

  /** Tells whether a session has been saved as it is now. */
  isSaved(session: object): boolean {
    return this.#texts.get(session) === textOf(session);
  }

  /** From here on the host's own save of this session is one too many, as long as nothing changes it. */
  savedEarly(session: object): void {
    this.#early.add(session);
  }

  /** A new session that nobody wrote to: a host that saves it stores a row for every visitor. */
  expectNoSave(session: object): void {
    this.#untouched.add(session);
  }

  #warn(): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#logger.warn({}, '`saveUninitialized: true` stores a session for every visitor, healed or not');
  }

  #isStored(session: object): boolean {
    return this.#early.has(session) && this.isSaved(session);
  }

  #touch(id: string, session: object, callback: Done): void {
    if (this.#isStored(session)) callback();
    else this.wrapped.touch(id, session, callback);
  }

  /** While the store is down, the host serves requests without a session and does not ask: we do, until it is back. */
  #disconnect(): void {
    if (this.#probing || this.listenerCount('connect') === 0) return;
    this.#probing = true;
    this.emit('disconnect');
    this.#probe();
  }

  #probe(): void {
    const ask = (): void =>
      this.wrapped.probe((works) => {
        if (!works) {
          this.#probe();
          return;
        }
        this.#probing = false;
        this.emit('connect');
      });
    withoutDeadline(() =>
      this.wrapped.clock.setTimer(ask, STORE_DEFAULTS.probeEveryMs, { background: true }),
    );
  }
}
