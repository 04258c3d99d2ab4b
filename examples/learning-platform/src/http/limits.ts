import type { FastifyRequest } from 'fastify';

/** Route options for so many requests a minute, for each member, or for each address before the log-in. */
export function perMinute(max: number): { rateLimit: object } {
  return {
    rateLimit: {
      max,
      timeWindow: 60_000,
      keyGenerator: (request: FastifyRequest) => request.session?.userId ?? request.ip,
    },
  };
}

/** What a log-in form named, in lower case. */
function loginOf(request: FastifyRequest): string {
  const { login } = (request.body ?? {}) as { login?: unknown };
  return typeof login === 'string' ? login.trim().toLowerCase().slice(0, 100) : '';
}

/**
 * Log-ins: 10 a minute for one name from one address, so that a class behind one router gets in together, and nobody
 * can lock another one out from elsewhere.
 */
export const logIns: { rateLimit: object } = {
  rateLimit: {
    max: 10,
    timeWindow: 60_000,
    hook: 'preHandler', // the form has been read
    keyGenerator: (request: FastifyRequest) => `${request.ip} ${loginOf(request)}`,
  },
};

/** And for all names from one address: whoever tries one password on many names. */
export const logInsOfAddress = {
  max: 100,
  timeWindow: 60_000,
  keyGenerator: (request: FastifyRequest) => request.ip,
};

/** What a member may write in a minute. */
export const writes = perMinute(60);
