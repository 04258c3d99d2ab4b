import { peek } from '@resilient/core';
import { readText } from '../errors/read-error.ts';
import type { FastifyReply } from './fastify.ts';

/** A mistake of the client's, as the framework found it. */
export interface ClientError {
  readonly status: number;
  /** What is wrong with the data, where fastify's own validation says so. */
  readonly extra: object;
  /** Seconds, as a rate limit says them. */
  readonly retryAfterS?: number;
}

const isClientStatus = (status: unknown): status is number =>
  typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500;

/** What nginx logs for a client that went away; nobody is there to see it. */
const CLIENT_GONE = 499;

/** Whether an error says no more than that the other side went away: Node's own of an upload, and aborts. */
function saysGone(error: unknown): boolean {
  const code = peek(error, 'code');
  if (code === 'ECONNRESET') return peek(error, 'message') === 'aborted';
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || peek(error, 'name') === 'AbortError';
}

/** What fastify's validation says about the data, at most 20 entries. */
function validationDetails(validation: unknown[]): object {
  const errors = validation.slice(0, 20).map((entry) => ({
    path: readText(entry, 'instancePath', 200) ?? '',
    message: readText(entry, 'message', 200) ?? 'is not valid',
  }));
  return { errors };
}

/**
 * Reads an error that is the client's: fastify's own and its plugins' (`FST_…`), validation, http-errors with
 * `expose`, the rate limit's, and what `clientStatus` says of the rest. Nothing else is believed: the error of an SDK carries the
 * status of its upstream.
 */
export function clientErrorOf(
  error: unknown,
  reply: FastifyReply,
  clientStatus?: (error: unknown) => number | undefined,
): ClientError | undefined {
  if (reply.raw.destroyed && saysGone(error)) return { status: CLIENT_GONE, extra: {} };
  const status = peek(error, 'statusCode');
  if (isClientStatus(status)) {
    const validation = peek(error, 'validation');
    if (Array.isArray(validation) && typeof peek(error, 'validationContext') === 'string') {
      return { status, extra: validationDetails(validation) };
    }
    const isFastifys = readText(error, 'code', 64)?.startsWith('FST_') === true;
    const isExposed = peek(error, 'expose') === true && peek(error, 'status') === status;
    if (isFastifys || isExposed) return { status, extra: {} };
    const retryAfterS = rateLimitOf(reply);
    if (retryAfterS !== undefined && (status === 429 || status === 403))
      return { status, extra: {}, retryAfterS };
  }
  const own = ownStatus(error, clientStatus);
  return isClientStatus(own) ? { status: own, extra: {} } : undefined;
}

/**
 * `@fastify/rate-limit` throws a plain Error with a `statusCode`, as an SDK does. What tells them apart is on our own
 * reply, where no upstream can write: nothing remains, and the client was told when to come again.
 */
function rateLimitOf(reply: FastifyReply): number | undefined {
  const remaining = reply.getHeader('x-ratelimit-remaining') ?? reply.getHeader('ratelimit-remaining');
  const retryAfterS = Number(reply.getHeader('retry-after'));
  return Number(remaining) === 0 && retryAfterS >= 0 ? retryAfterS : undefined;
}

function ownStatus(
  error: unknown,
  clientStatus: ((error: unknown) => number | undefined) | undefined,
): unknown {
  try {
    return clientStatus?.(error);
  } catch {
    return undefined;
  }
}
