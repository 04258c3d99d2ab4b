import { peek } from '@resilient/core';
import { readText } from '../errors/read-error.ts';
import { type ClientError, exposedStatus, isClientStatus } from '../pages/client-error.ts';
import type { FastifyReply } from './fastify.ts';

/** What fastify's validation says about the data, at most 20 entries. */
function validationDetails(validation: unknown[]): object {
  const errors = validation.slice(0, 20).map((entry) => ({
    path: readText(entry, 'instancePath', 200) ?? '',
    message: readText(entry, 'message', 200) ?? 'is not valid',
  }));
  return { errors };
}

/**
 * Reads what fastify and its plugins made of a mistake of the client's (`FST_…`), validation, http-errors with
 * `expose`, and the rate limit's.
 */
export function fastifyError(error: unknown, reply: FastifyReply): ClientError | undefined {
  const status = peek(error, 'statusCode');
  if (!isClientStatus(status)) return undefined;
  const validation = peek(error, 'validation');
  if (Array.isArray(validation) && typeof peek(error, 'validationContext') === 'string') {
    return { status, extra: validationDetails(validation) };
  }
  const isFastifys = readText(error, 'code', 64)?.startsWith('FST_') === true;
  if (isFastifys || exposedStatus(error) !== undefined) return { status, extra: {} };
  const retryAfterS = rateLimitOf(reply);
  if (retryAfterS === undefined || (status !== 429 && status !== 403)) return undefined;
  return { status, extra: {}, retryAfterS };
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
