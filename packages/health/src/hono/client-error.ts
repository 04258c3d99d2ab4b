import { peek } from '@resilient/core';
import { type ClientError, exposedError, isClientStatus } from '../pages/client-error.ts';

/** Reads hono's `HTTPException`: its status, and how to log in where a guard of hono's says it; and `http-errors`. */
export function honoError(error: unknown): ClientError | undefined {
  const status = peek(error, 'status');
  if (typeof peek(error, 'getResponse') !== 'function' || !isClientStatus(status)) return exposedError(error);
  const response = peek(error, 'res');
  const challenge = response instanceof Response ? response.headers.get('www-authenticate') : null;
  return { status, extra: {}, ...(challenge === null ? {} : { challenge }) };
}
