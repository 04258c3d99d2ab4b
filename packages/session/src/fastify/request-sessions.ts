import { PROTOTYPE_NAMES } from '../shape/reserved-names.ts';
import { detachedSession } from '../store/detached-session.ts';
import { passLineage } from '../store/lineage.ts';
import type { SessionCare } from '../store/session-care.ts';
import type { Origin, StoreWatch } from '../store/wrap-store.ts';
import type { FastifyRequest } from './host.ts';
import { HOST_METHODS } from './options.ts';

/** A session of `@fastify/session`, as far as it matters here. */
interface HostSession {
  readonly sessionId: string;
}

const keysOf = (session: object): string[] => Object.keys(session).filter((key) => key !== 'cookie');

const FORBIDDEN: ReadonlySet<string> = new Set([...PROTOTYPE_NAMES, ...HOST_METHODS]);

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Tells a session that the host made from what stands in its place before, after and without one. */
export function isHostSession(value: unknown): value is HostSession {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { sessionId?: unknown }).sessionId === 'string'
  );
}

/** Hears of each session that the host gives to a request, at once: after loading, `regenerate` and `reload` alike. */
export class RequestSessions implements StoreWatch {
  readonly #care: SessionCare;
  readonly #exposed = new WeakSet<object>();
  readonly #waiting = new WeakSet<object>();
  readonly #unsaved = new WeakSet<object>();
  #answering: { readonly origin: Origin; readonly id: string; readonly row: object | undefined } | undefined;

  constructor(care: SessionCare) {
    this.#care = care;
  }

  answering(origin?: Origin, id?: string, row?: object): void {
    this.#answering = origin === undefined || id === undefined ? undefined : { origin, id, row };
  }

  written(session: object, saved: boolean): void {
    if (saved) this.#unsaved.delete(session);
    else this.#unsaved.add(session);
  }

  /** Stands between a request and its session: what the host assigns is healed before anybody reads it. */
  watch(request: FastifyRequest): void {
    let current: unknown = request.session;
    Object.defineProperty(request, 'session', {
      configurable: true,
      enumerable: true,
      get: () => current,
      set: (value: unknown) => {
        if (isHostSession(value)) current = this.#received(value);
        else if (isHostSession(current) && isPlain(value)) this.#replace(current, value);
        else current = value;
      },
    });
  }

  /** Gives the request a session that the host neither saves nor sends a cookie for. */
  detach(request: FastifyRequest): void {
    (request as { session: unknown }).session = detachedSession(this.#care);
  }

  /** Tells whether the session lost its identity and needs a new id, against fixation. */
  needsNewId(session: unknown): boolean {
    return typeof session === 'object' && session !== null && this.#exposed.has(session);
  }

  /** Tells whether the session waits for its authority. */
  needsRestore(session: unknown): boolean {
    return typeof session === 'object' && session !== null && this.#waiting.has(session);
  }

  /** Tells whether the host believes a session saved that is not. */
  isUnsaved(session: unknown): boolean {
    return typeof session === 'object' && session !== null && this.#unsaved.has(session);
  }

  /** `request.session = {...}` would silently not be saved: the host's own session takes over what it holds. */
  #replace(session: HostSession, value: object): void {
    for (const key of keysOf(session)) Reflect.deleteProperty(session, key);
    for (const key of keysOf(value))
      if (!FORBIDDEN.has(key)) Reflect.set(session, key, Reflect.get(value, key));
    this.#care.show(session);
  }

  #received(session: HostSession): object {
    // With a store that answers at once, an expired session is replaced before `answering` ends: the id tells.
    const { origin, id, row } = this.#answering ?? {};
    if (origin === undefined || id !== session.sessionId) {
      this.#care.show(session);
      return session;
    }
    if (origin === 'down') return detachedSession(this.#care);
    if (row !== undefined) passLineage(row, session);
    const { lostIdentity, needsRestore } = this.#care.heal(session, id);
    if (lostIdentity || origin === 'reset') this.#exposed.add(session);
    if (needsRestore) this.#waiting.add(session);
    return session;
  }
}
