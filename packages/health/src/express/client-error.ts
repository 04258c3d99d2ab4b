import { peek } from '@resilient/core';
import {
  type ClientError,
  type ClientStatus,
  exposedStatus,
  goneClient,
  ownClientError,
} from '../pages/client-error.ts';

/** What express makes of a path that cannot be decoded. */
const BAD_PATH = 400;

function frameworksOwn(error: unknown): ClientError | undefined {
  const isBadPath = peek(error, 'name') === 'URIError' && peek(error, 'status') === BAD_PATH;
  const status = isBadPath ? BAD_PATH : exposedStatus(error);
  return status === undefined ? undefined : { status, extra: {} };
}

/**
 * Reads an error that is the client's: what body parsers and `http-errors` made to be shown, a path that cannot be
 * decoded, and what `clientStatus` says of the rest. No other status is believed.
 */
export function clientErrorOf(
  error: unknown,
  isGone: boolean,
  clientStatus: ClientStatus | undefined,
): ClientError | undefined {
  return goneClient(error, isGone) ?? frameworksOwn(error) ?? ownClientError(error, clientStatus);
}
