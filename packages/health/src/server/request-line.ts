import type { IncomingMessage } from 'node:http';

/** Characters of a path that a line of the log holds. */
const PATH_LENGTH = 100;

/** The path of a request as logs show it: without the query, which may hold secrets, and at most 100 characters of it. */
export function shownPath({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  return (url.split('?', 1)[0] ?? '').slice(0, PATH_LENGTH);
}

/** Method and path of a request as logs show them, such as `GET /quiz/7`. */
export function requestLine(request: Pick<IncomingMessage, 'method' | 'url'>): string {
  return `${request.method ?? ''} ${shownPath(request)}`;
}
