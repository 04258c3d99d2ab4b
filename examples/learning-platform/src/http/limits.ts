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

/** What a member may write in a minute. */
export const writes = perMinute(60);
