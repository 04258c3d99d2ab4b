import type { HostSession } from '../store/host-store.ts';

/** A request of express, as far as it matters here. */
export interface SessionRequest {
  session?: unknown;
  sessionID?: string | undefined;
  /** Set by express-session. */
  sessionStore?: unknown;
  /** Set by cookie-session. */
  sessionOptions?: unknown;
}

/** A response of express, as far as it matters here. */
export interface SessionResponse {
  readonly headersSent: boolean;
  statusCode: number;
  writeHead: (...args: never[]) => unknown;
  end: (...args: never[]) => unknown;
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): void;
  once(event: 'close', listener: () => void): unknown;
}

/** Goes on with the request, or to the error handlers. */
export type Next = (error?: unknown) => void;

/** Tells a session that express-session made from whatever a handler puts in its place. */
export function isServerSession(value: unknown): value is HostSession {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<HostSession>).id === 'string' &&
    typeof (value as Partial<HostSession>).save === 'function' &&
    typeof (value as Partial<HostSession>).regenerate === 'function'
  );
}

/** What a handler may do with the session of a request, told to whoever watches. */
export interface SessionSlot {
  read(): unknown;
  assign(value: unknown): void;
}

/** Stands between a request and its session; the property can still be deleted and defined anew. */
export function watchSession(request: SessionRequest, slot: SessionSlot): void {
  Object.defineProperty(request, 'session', {
    configurable: true,
    enumerable: true,
    get: () => slot.read(),
    set(this: object, value: unknown) {
      // Objects made of the request (`Object.create(req)`) have a session of their own.
      if (this === request) slot.assign(value);
      else
        Object.defineProperty(this, 'session', {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
    },
  });
}

/** Takes the session away from a request: its host neither saves nor sends a cookie. */
export function detach(request: SessionRequest): void {
  const nothing = { value: undefined, writable: true, enumerable: true, configurable: true };
  Object.defineProperties(request, { session: nothing, sessionID: nothing });
}
