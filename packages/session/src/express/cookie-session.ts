import { storeAllDefaults } from '../defaults/pending-defaults.ts';
import { publishRepairs } from '../heal/publish-repairs.ts';
import { typeName } from '../heal/type-name.ts';
import type { SessionCare } from '../store/session-care.ts';
import { beforeEnd } from './before-end.ts';
import { type Next, type SessionRequest, type SessionResponse, watchSession } from './exchange.ts';

/** A session of cookie-session, as far as it matters here. */
interface HostSession {
  readonly isNew?: boolean;
  /** What the cookie held, in base64, after its signature was found right. */
  readonly _ctx?: { readonly _val?: unknown };
}

/** The type of what a cookie holds. cookie-session makes a session of anything: `"hello"` becomes `{ 0: 'h', … }`. */
function storedType({ _ctx }: HostSession): string {
  if (typeof _ctx?._val !== 'string') return 'object';
  try {
    return typeName(JSON.parse(Buffer.from(_ctx._val, 'base64').toString()));
  } catch {
    return 'object';
  }
}

/** One request with a session of cookie-session, which keeps all of it in a signed cookie. */
export class CookieSession {
  readonly #care: SessionCare;
  readonly #request: SessionRequest;
  readonly #response: SessionResponse;
  readonly #next: Next;

  constructor(care: SessionCare, request: SessionRequest, response: SessionResponse, next: Next) {
    this.#care = care;
    this.#request = request;
    this.#response = response;
    this.#next = next;
  }

  begin(session: object): void {
    const needsRestore = this.#received(session);
    this.#watch();
    beforeEnd(this.#response, { ready: () => this.#ready(), settle: (go) => go() });
    if (!needsRestore) {
      this.#next();
      return;
    }
    const controller = new AbortController();
    this.#response.once('close', () => controller.abort());
    this.#care.restore(session, controller.signal).then(
      () => this.#next(),
      (error: unknown) => this.#next(error),
    );
  }

  #received(session: HostSession): boolean {
    if (session.isNew === true) {
      this.#care.show(session);
      return false;
    }
    const type = storedType(session);
    if (type !== 'object') {
      for (const key of Object.keys(session)) Reflect.deleteProperty(session, key);
      publishRepairs([{ key: '', kind: 'session', action: 'reset', found: type }]);
    }
    return this.#care.heal(session).needsRestore;
  }

  /** What a handler assigns becomes a new session of the host's, which lacks its defaults. */
  #watch(): void {
    const property = Object.getOwnPropertyDescriptor(this.#request, 'session');
    if (property?.get === undefined || property.set === undefined) return;
    const { get, set } = property;
    watchSession(this.#request, {
      read: () => get.call(this.#request),
      assign: (value) => {
        set.call(this.#request, value);
        const session: unknown = get.call(this.#request);
        if (typeof session === 'object' && session !== null) this.#care.show(session);
      },
    });
  }

  #ready(): void {
    const { session } = this.#request;
    if (typeof session !== 'object' || session === null) return;
    this.#care.ready(session);
    // The first real write stores the defaults with it.
    if (Object.keys(session).length > 0) storeAllDefaults(session);
  }
}
