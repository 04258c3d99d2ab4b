import { peek } from '@resilient/core';
import { type ClientError, exposedError } from '../pages/client-error.ts';

/** What express makes of a path that cannot be decoded. */
const BAD_PATH = 400;

/** Reads what body parsers and `http-errors` made to be shown, and a path that cannot be decoded. */
export function expressError(error: unknown): ClientError | undefined {
  const isBadPath = peek(error, 'name') === 'URIError' && peek(error, 'status') === BAD_PATH;
  return isBadPath ? { status: BAD_PATH, extra: {} } : exposedError(error);
}
