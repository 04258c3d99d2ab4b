import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { Role } from '../database/schema.ts';

/** Sends who is not logged in to the log-in page. */
export const loggedIn: preHandlerAsyncHookHandler = async (request, reply) => {
  if (request.session.userId === undefined) return reply.redirect('/login');
  return undefined;
};

/** Answers the site's own 404 to whoever has not the role: nobody learns that the page exists. */
export function only(role: Role): preHandlerAsyncHookHandler {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.session.userId === undefined || request.session.role !== role) {
      return reply.callNotFound();
    }
    return undefined;
  };
}

/** The id of the member who is logged in; only behind {@link loggedIn} or {@link only}. */
export function memberId(request: FastifyRequest): string {
  const { userId } = request.session;
  if (userId === undefined) throw new Error('a page for members was reached without a guard');
  return userId;
}
