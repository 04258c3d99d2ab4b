// The one door to fastify: types alone, so that importing this package never loads it.
export type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
