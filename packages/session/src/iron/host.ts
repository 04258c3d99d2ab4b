/** The one door to iron-session. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CookieJar,
  type CookieStore,
  getIronSession,
  nodeCookies,
  type SessionOptions,
  webCookies,
} from 'iron-session';

export type { CookieJar, CookieStore, SessionOptions };
export { getIronSession };

/** What a session is read from and written to. */
export type Cookies = CookieJar | CookieStore;

/** The cookies of a request and its response, of Node or of the web. */
export function cookiesOf(
  request: IncomingMessage | Request,
  response: ServerResponse | Response,
): CookieJar {
  const isWeb = typeof (request as Request).headers.get === 'function';
  return isWeb
    ? webCookies(request as Request, response as Response)
    : nodeCookies(request as IncomingMessage, response as ServerResponse);
}

/** Cookies that can be written and hold nothing to read. */
export function unread(cookies: Cookies): Cookies {
  if ('read' in cookies) return { ...cookies, read: () => undefined };
  return { get: () => undefined, set: (...args) => cookies.set(...args) };
}
