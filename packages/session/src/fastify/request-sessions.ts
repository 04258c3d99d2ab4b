import { showDefaults } from '../defaults/pending-defaults.ts';
import { fixCorruptedSession } from '../heal/fix-corrupted-session.ts';
import { type CompiledShape, rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import type { Origin, StoreWatch } from '../store/wrap-store.ts';
import { detachedSession } from './detached-session.ts';
import type { FastifyRequest } from './host.ts';

/** A session of `@fastify/session`, as far as it matters here. */
interface HostSession {
  readonly sessionId: string;
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
  readonly #shape: SessionShape;
  readonly #rules: CompiledShape;
  readonly #exposed = new WeakSet<object>();
  readonly #unsaved = new WeakSet<object>();
  #answering: { readonly origin: Origin; readonly id: string } | undefined;

  constructor(shape: SessionShape) {
    this.#shape = shape;
    this.#rules = rulesOf(shape);
  }

  answering(origin?: Origin, id?: string): void {
    this.#answering = origin === undefined || id === undefined ? undefined : { origin, id };
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
        current = isHostSession(value) ? this.#received(value) : value;
      },
    });
  }

  /** Gives the request a session that the host neither saves nor sends a cookie for. */
  detach(request: FastifyRequest): void {
    (request as { session: unknown }).session = detachedSession(this.#rules);
  }

  /** Tells whether the session lost its identity and needs a new id, against fixation. */
  needsNewId(session: unknown): boolean {
    return typeof session === 'object' && session !== null && this.#exposed.has(session);
  }

  /** Tells whether the host believes a session saved that is not. */
  isUnsaved(session: unknown): boolean {
    return typeof session === 'object' && session !== null && this.#unsaved.has(session);
  }

  #shown(session: object): object {
    showDefaults(session, [...this.#rules.authority, ...this.#rules.preference]);
    return session;
  }

  #received(session: HostSession): object {
    // With a store that answers at once, an expired session is replaced before `answering` ends: the id tells.
    const { origin, id } = this.#answering ?? {};
    if (origin === undefined || id !== session.sessionId) return this.#shown(session);
    if (origin === 'down') return detachedSession(this.#rules);
    const repairs = fixCorruptedSession(session, this.#shape);
    const lost = repairs.some(({ kind, action }) => kind === 'identity' && action === 'removed');
    if (lost || origin === 'reset') this.#exposed.add(session);
    return session;
  }
}
