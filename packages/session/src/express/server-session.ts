import { isResilientError } from '@resilient/core';
import { SessionStoreError } from '../errors/session-store-error.ts';
import { HOST_METHODS, PROTOTYPE_NAMES } from '../shape/reserved-names.ts';
import { type HostSession, HostStore, textOf } from '../store/host-store.ts';
import type { SessionCare } from '../store/session-care.ts';
import { beforeEnd } from './before-end.ts';
import {
  detach,
  isServerSession,
  type Next,
  type SessionRequest,
  type SessionResponse,
  watchSession,
} from './exchange.ts';

/** Names that no value may take in a session of express-session. */
const FORBIDDEN: ReadonlySet<string> = new Set([...PROTOTYPE_NAMES, ...HOST_METHODS, 'cookie', 'id', 'req']);

/** What a page that is not sent after all said of itself. */
const ENTITY_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'etag',
  'last-modified',
  'location',
];

const keysOf = (session: object): string[] => Object.keys(session).filter((key) => key !== 'cookie');

/** One request with a session of express-session. */
export class ServerSession {
  readonly #care: SessionCare;
  readonly #request: SessionRequest;
  readonly #response: SessionResponse;
  readonly #next: Next;
  readonly #store: HostStore | undefined;
  #current: unknown;
  /** The last session that the host made: what a handler puts in its place is put into it. */
  #real: HostSession | undefined;
  #loadedId: string | undefined;
  #loadedText = '{}';
  #needsNewId = false;
  #needsRestore = false;

  constructor(care: SessionCare, request: SessionRequest, response: SessionResponse, next: Next) {
    this.#care = care;
    this.#request = request;
    this.#response = response;
    this.#next = next;
    this.#store = request.sessionStore instanceof HostStore ? request.sessionStore : undefined;
  }

  begin(session: HostSession): void {
    if (this.#store?.originOf(session) === 'down') {
      detach(this.#request);
      this.#next();
      return;
    }
    this.#loadedId = session.id;
    this.#loadedText = textOf(session);
    this.#current = this.#received(session);
    watchSession(this.#request, {
      read: () => this.#current,
      assign: (value) => this.#assign(value),
    });
    beforeEnd(this.#response, { ready: () => this.#ready(), settle: (go, stay) => this.#settle(go, stay) });
    if (this.#needsNewId) this.#renew(session);
    else this.#restore();
  }

  #received(session: HostSession): HostSession {
    this.#real = session;
    const origin = this.#store === undefined ? undefined : this.#store.originOf(session);
    const isLoaded = this.#store === undefined ? keysOf(session).length > 0 : origin !== undefined;
    if (!isLoaded) this.#care.show(session);
    else {
      const { lostIdentity, needsRestore } = this.#care.heal(session, session.id);
      this.#needsNewId = lostIdentity || origin === 'reset';
      this.#needsRestore = needsRestore;
    }
    return session;
  }

  #assign(value: unknown): void {
    if (isServerSession(value)) this.#current = this.#received(value);
    else if (value === undefined || value === null) this.#current = value;
    else this.#replace(value);
  }

  /** `req.session = {...}`: express-session would hang; its own object takes over what the new one holds. */
  #replace(value: unknown): void {
    const session = this.#real;
    if (session === undefined) return;
    for (const key of keysOf(session)) Reflect.deleteProperty(session, key);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const key of Object.keys(value)) {
        if (!FORBIDDEN.has(key)) Reflect.set(session, key, Reflect.get(value, key));
      }
    }
    this.#care.show(session);
    this.#current = session;
  }

  /** Gives a session a new id and kills the old one; what is left of its keys moves along. */
  #renew(session: HostSession): void {
    const kept = keysOf(session).map((key) => [key, Reflect.get(session, key)] as const);
    session.regenerate((error) => {
      if (error) {
        this.#unreachable(error);
        return;
      }
      for (const [key, value] of kept) Reflect.set(this.#current as object, key, value);
      this.#restore();
    });
  }

  #unreachable(error: unknown): void {
    detach(this.#request);
    if (this.#store?.wrapped.anonymous === true) this.#next();
    else this.#next(isResilientError(error) ? error : new SessionStoreError('set', { cause: error }));
  }

  #restore(): void {
    if (!this.#needsRestore) {
      this.#next();
      return;
    }
    const controller = new AbortController();
    this.#response.once('close', () => controller.abort());
    this.#care.restore(this.#current as object, controller.signal).then(
      () => this.#next(),
      (error: unknown) => this.#next(error),
    );
  }

  #ready(): void {
    if (isServerSession(this.#current)) this.#care.ready(this.#current);
  }

  /**
   * Saves what changed before the host does: it sends its headers first, and could say no longer that the store is down.
   */
  #settle(go: () => void, stay: () => void): void {
    const store = this.#store;
    const { session } = this.#request;
    if (store === undefined || !isServerSession(session)) {
      go();
      return;
    }
    const isChanged = session.id !== this.#loadedId || textOf(session) !== this.#loadedText;
    if (isChanged && !store.isSaved(session) && !store.isUnsaved(session)) {
      session.touch();
      session.save((error) => {
        if (error) {
          stay();
          this.#refuse(error);
          return;
        }
        if (store.isUnsaved(session)) detach(this.#request);
        else store.savedEarly(session);
        go();
      });
    } else if (store.isUnsaved(session)) {
      detach(this.#request);
      go();
    } else if (store.wrapped.failsToWrite && !isChanged) this.#probe(store, session, go);
    else {
      if (!isChanged && store.originOf(session) === undefined) store.expectNoSave(session);
      go();
    }
  }

  /** Writes failed when last tried: a cookie is sent only if the store takes at least a sign of life. */
  #probe(store: HostStore, session: HostSession, go: () => void): void {
    if (store.touch === undefined) {
      detach(this.#request);
      go();
      return;
    }
    store.touch(session.id, session, (error) => {
      if (error || store.isUnsaved(session)) detach(this.#request);
      go();
    });
  }

  /** The page that was made is not true: the session behind it could not be stored. */
  #refuse(error: unknown): void {
    detach(this.#request);
    for (const name of ENTITY_HEADERS) this.#response.removeHeader(name);
    const { statusCode, headers } = error as Partial<SessionStoreError>;
    this.#response.statusCode = statusCode ?? 500;
    for (const [name, value] of Object.entries(headers ?? {})) this.#response.setHeader(name, value);
    this.#next(error);
  }
}
