import { peek } from '@resilient/core';

/** A mistake of the client's, as the framework found it. */
export interface ClientError {
  readonly status: number;
  /** What is wrong with the data, where the framework's own validation says so. */
  readonly extra: object;
  /** Seconds, as a rate limit says them. */
  readonly retryAfterS?: number;
  /** How to log in, as a guard of the framework's says it: `WWW-Authenticate`. */
  readonly challenge?: string;
}

/** Tells a status that is the client's. */
export const isClientStatus = (status: unknown): status is number =>
  typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500;

/** What nginx logs for a client that went away; nobody is there to see it. */
const CLIENT_GONE: ClientError = { status: 499, extra: {} };

/** Whether an error says no more than that the other side went away: Node's own of an upload, and aborts. */
function saysGone(error: unknown): boolean {
  const code = peek(error, 'code');
  if (code === 'ECONNRESET') return peek(error, 'message') === 'aborted';
  // What body parsers make of it.
  if (code === 'ECONNABORTED') return peek(error, 'type') === 'request.aborted';
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || peek(error, 'name') === 'AbortError';
}

/** What a request ends with whose client is `gone`, if that is all that its error says. */
function goneClient(error: unknown, gone: boolean): ClientError | undefined {
  return gone && saysGone(error) ? CLIENT_GONE : undefined;
}

/** The status of an error of `http-errors` that was made to be shown: body parsers, `ctx.throw` of koa. */
export function exposedStatus(error: unknown): number | undefined {
  const status = peek(error, 'statusCode');
  const isExposed = peek(error, 'expose') === true && peek(error, 'status') === status;
  return isExposed && isClientStatus(status) ? status : undefined;
}

/** The client's error that such an error is. */
export function exposedError(error: unknown): ClientError | undefined {
  const status = exposedStatus(error);
  return status === undefined ? undefined : { status, extra: {} };
}

/** What the application says of errors of its own. */
export type ClientStatus = (error: unknown) => number | undefined;

/** The client's error that `clientStatus` makes of it, if it does; what it throws counts as no answer. */
function ownClientError(error: unknown, clientStatus: ClientStatus | undefined): ClientError | undefined {
  try {
    const status = clientStatus?.(error);
    return isClientStatus(status) ? { status, extra: {} } : undefined;
  } catch {
    return undefined;
  }
}

/** Who asked, and who else may know that a mistake is the client's. */
export interface ClientErrorSources {
  /** Whether the client has gone away. */
  readonly isGone: boolean;
  /** Reads the errors that the framework itself makes of its clients' mistakes. */
  readonly frameworksOwn: (error: unknown) => ClientError | undefined;
  readonly clientStatus: ClientStatus | undefined;
}

/**
 * Reads an error that is the client's: it went away, the framework found its mistake, or the application says so of
 * the rest; the first who knows. No other status is believed: the error of an SDK carries that of its upstream.
 */
export function clientErrorOf(
  error: unknown,
  { isGone, frameworksOwn, clientStatus }: ClientErrorSources,
): ClientError | undefined {
  return goneClient(error, isGone) ?? frameworksOwn(error) ?? ownClientError(error, clientStatus);
}
