import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { PAGE_RETRY_AFTER_S } from '../defaults.ts';
import { correlationId, htmlPage, problemPage, titleOf, wantsHtml } from '../pages/error-page.ts';

/**
 * Answers 503 in place of a handler that has not answered, and closes the connection; gives the correlation id.
 *
 * Written to the socket and not through the response: to the handler it looks like a client that went away, which
 * every handler must bear, while an answer that somebody else has ended makes its own `writeHead` throw.
 */
export function answerLate(request: IncomingMessage, response: ServerResponse): string {
  const id = correlationId();
  const facts = { status: 503, id, title: titleOf(503) };
  const page = wantsHtml(request.headers.accept) ? htmlPage(facts) : problemPage(facts);
  const headers = {
    ...page.headers,
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'retry-after': PAGE_RETRY_AFTER_S,
    vary: 'Accept',
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const { socket } = response;
  socket?.write(
    `HTTP/1.1 503 ${STATUS_CODES[503]}\r\n${head.join('\r\n')}\r\n\r\n${request.method === 'HEAD' ? '' : page.body}`,
  );
  socket?.destroySoon();
  return id;
}
