import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Frame, layout } from './layout.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** `true` if the page that breaks things is there. */
    readonly chaos: boolean;
  }
}

/** Sends a page in its frame. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  title: string,
  body: string,
): FastifyReply {
  const { userId, role, xp, theme } = request.session;
  const loggedIn = userId !== undefined;
  const frame: Frame = {
    title,
    path: request.url.split('?')[0] ?? '/',
    theme,
    role,
    loggedIn,
    xp,
    csrf: loggedIn ? reply.generateCsrf() : '',
    chaos: request.server.chaos,
  };
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(layout(frame, body));
}
