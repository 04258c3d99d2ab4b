import { peek } from '@resilient/core';
import {
  type ClientError,
  type ClientStatus,
  exposedStatus,
  goneClient,
  isClientStatus,
  ownClientError,
} from '../pages/client-error.ts';

/** Hono's `HTTPException`: its status, and how to log in where a guard of hono's says it. */
function frameworksOwn(error: unknown): ClientError | undefined {
  const status = peek(error, 'status');
  if (typeof peek(error, 'getResponse') === 'function' && isClientStatus(status)) {
    const response = peek(error, 'res');
    const challenge = response instanceof Response ? response.headers.get('www-authenticate') : null;
    return { status, extra: {}, ...(challenge === null ? {} : { challenge }) };
  }
  const exposed = exposedStatus(error);
  return exposed === undefined ? undefined : { status: exposed, extra: {} };
}

/** Reads an error that is the client's; no other status than these is believed. */
export function clientErrorOf(
  error: unknown,
  isGone: boolean,
  clientStatus: ClientStatus | undefined,
): ClientError | undefined {
  return goneClient(error, isGone) ?? frameworksOwn(error) ?? ownClientError(error, clientStatus);
}
