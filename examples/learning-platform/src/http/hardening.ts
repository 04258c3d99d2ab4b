import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Config } from '../config.ts';

/** Names under which the site answers while it can be broken on purpose: no other site may reach it through a browser. */
const LOCAL_NAMES = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Https everywhere in production, and only local names where the page that breaks things is there. */
export function hardening(config: Config): FastifyPluginAsync {
  return fastifyPlugin(async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => {
      if (config.chaos && !LOCAL_NAMES.test(request.headers.host ?? '')) {
        return reply.code(421).type('text/plain').send('This address is not served here.\n');
      }
      if (config.production && config.trustProxy && request.protocol !== 'https') {
        const path = request.url.startsWith('/') ? request.url : '/';
        return reply.redirect(`https://${request.hostname}${path}`, 308);
      }
      return undefined;
    });
  });
}
