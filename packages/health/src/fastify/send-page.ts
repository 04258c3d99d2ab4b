import { OF_THE_BODY, type PageAnswer, pageHeaders } from '../pages/page-headers.ts';
import type { FastifyReply } from './fastify.ts';

/** A page on its way. */
export interface Sending extends PageAnswer {
  readonly status: number;
  /** Called if a hook that sending runs, such as the saving of a session, fails; the page goes out all the same. */
  readonly onFailure?: (error: unknown) => void;
}

/** Sends a page through fastify, with the application's own hooks. */
export function sendPage(reply: FastifyReply, sending: Sending): FastifyReply {
  const { status, page, onFailure } = sending;
  for (const name of OF_THE_BODY) reply.removeHeader(name);
  reply.code(status).headers(pageHeaders(sending, reply.getHeader('vary')));
  const send = reply.send;
  // A hook of `onSend` that fails now would end in fastify's own handler, which sends the error, message and headers.
  reply.send = (error: unknown): FastifyReply => {
    onFailure?.(error);
    sendPast(reply, sending);
    return reply;
  };
  // As bytes, so that neither a schema nor a serialiser of the route touches it.
  return send.call(reply, Buffer.from(page.body));
}

/** Sends a page past fastify and all hooks. */
function sendPast(reply: FastifyReply, sending: Sending): void {
  reply.hijack();
  const { raw } = reply;
  if (raw.headersSent) {
    raw.destroy();
    return;
  }
  for (const name of raw.getHeaderNames()) if (name !== 'connection') raw.removeHeader(name);
  const body = Buffer.from(sending.page.body);
  raw.writeHead(sending.status, { ...pageHeaders(sending), 'content-length': String(body.length) });
  raw.end(body);
}
