/** The one door to fastify and its session plugins. */
import type {
  FastifySessionObject,
  FastifySessionOptions,
  SessionStore as HostStore,
} from '@fastify/session';
import fastifySession from '@fastify/session';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';

export type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyRequest,
  FastifySessionObject,
  FastifySessionOptions,
  HostStore,
};
export { fastifySession };

/** Registers `@fastify/cookie` unless the application has done so; loaded only then. */
export async function registerCookies(app: FastifyInstance): Promise<void> {
  if (app.hasReplyDecorator('setCookie')) return;
  const { default: fastifyCookie } = await import('@fastify/cookie');
  await app.register(fastifyCookie);
}
