import { SessionStoreError } from '../errors/session-store-error.ts';

/** Makes an error that hono's own error handler answers as it is: 503, `Retry-After` and the friendly words. */
export function errorPage(error: unknown = new SessionStoreError('set')): Error {
  const { message, statusCode, headers } = error as SessionStoreError;
  return Object.assign(error as SessionStoreError, {
    getResponse: () => new Response(message, { status: statusCode, headers: { ...headers } }),
  });
}
