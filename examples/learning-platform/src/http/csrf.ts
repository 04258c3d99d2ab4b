import fastifyCsrf from '@fastify/csrf-protection';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Config } from '../config.ts';
import { sendPage } from '../pages/send.ts';
import { staleFormPage } from '../pages/stale-form.ts';

/** Refusals of the plugin: there is no secret in a cookie, or the token does not fit it. */
const REFUSALS: readonly unknown[] = ['FST_CSRF_MISSING_SECRET', 'FST_CSRF_INVALID_TOKEN'];

/** Where the form is that a POST came from. */
function formOf(url: string): string {
  const [path = '/'] = url.split('?');
  if (path.startsWith('/teacher/')) return '/teacher';
  return ['/login', '/quiz', '/arcade', '/tutor', '/admin/chaos'].includes(path) ? path : '/';
}

/** A token in every form, and a page that says what to do for a form that has none or an old one. */
export function csrf(config: Config): FastifyPluginAsync {
  return fastifyPlugin(async (app: FastifyInstance) => {
    await app.register(fastifyCsrf, {
      cookieKey: config.production ? '__Host-csrf' : 'csrf',
      cookieOpts: { signed: true, httpOnly: true, sameSite: 'lax', path: '/', secure: config.production },
      logLevel: 'info',
    });
    app.addHook('onRequest', async (_request, reply) => {
      const { generateCsrf } = reply;
      let token: string | undefined;
      // One for all forms of a page: without a cookie, each would be made with a secret of its own.
      reply.generateCsrf = (...options) => (token ??= generateCsrf.apply(reply, options));
    });
    app.addHook('preHandler', async (request: FastifyRequest, reply: FastifyReply) => {
      if (request.method !== 'POST') return;
      const { send } = reply;
      reply.send = (payload?: unknown) => {
        reply.send = send;
        if (!REFUSALS.includes((payload as { code?: unknown } | undefined)?.code)) return reply.send(payload);
        return sendPage(request, reply.code(403), 'Please send it again', staleFormPage(formOf(request.url)));
      };
    });
  });
}
