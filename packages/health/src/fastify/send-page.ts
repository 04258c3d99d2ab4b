import type { RenderedPage } from '../pages/error-page.ts';
import type { FastifyReply } from './fastify.ts';

/** Headers of an answer that is not sent any more: they would lie about the page. */
const OF_THE_BODY: readonly string[] = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'last-modified',
  'location',
  'trailer',
  'transfer-encoding',
];

/** The headers of a page, on top of those that stay. */
export function pageHeaders(
  page: RenderedPage,
  vary: unknown,
  retryAfterS: number | undefined,
): Record<string, string> {
  const others = String(vary ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name.toLowerCase() !== 'accept');
  return {
    ...page.headers,
    'content-type': page.type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    vary: [...others, 'Accept'].join(', '),
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
  };
}

/** A page on its way. */
export interface Sending {
  readonly status: number;
  readonly page: RenderedPage;
  readonly retryAfterS?: number | undefined;
  /** Called if a hook that sending runs, such as the saving of a session, fails; the page goes out all the same. */
  readonly onFailure?: (error: unknown) => void;
}

/** Sends a page through fastify, with the application's own hooks. */
export function sendPage(reply: FastifyReply, sending: Sending): FastifyReply {
  const { status, page, retryAfterS, onFailure } = sending;
  for (const name of OF_THE_BODY) reply.removeHeader(name);
  reply.removeHeader('retry-after');
  reply.code(status).headers(pageHeaders(page, reply.getHeader('vary'), retryAfterS));
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
function sendPast(reply: FastifyReply, { status, page, retryAfterS }: Sending): void {
  reply.hijack();
  const { raw } = reply;
  if (raw.headersSent) {
    raw.destroy();
    return;
  }
  for (const name of raw.getHeaderNames()) if (name !== 'connection') raw.removeHeader(name);
  const body = Buffer.from(page.body);
  raw.writeHead(status, {
    ...pageHeaders(page, undefined, retryAfterS),
    'content-length': String(body.length),
  });
  raw.end(body);
}
