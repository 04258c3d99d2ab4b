import type { IncomingMessage, ServerResponse } from 'node:http';
import { OF_THE_BODY, type PageAnswer, pageHeaders } from '../pages/page-headers.ts';
import { cutByUs } from '../server/cut-by-us.ts';

/** A page with its status. */
export interface StatusPage extends PageAnswer {
  readonly status: number;
}

/** Sends a page in place of whatever was about to be answered. */
export function sendPage(response: ServerResponse, answer: StatusPage): void {
  for (const name of OF_THE_BODY) response.removeHeader(name);
  const body = Buffer.from(answer.page.body);
  const headers = { ...pageHeaders(answer, response.getHeader('vary')), 'content-length': body.length };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = answer.status;
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Half an answer cannot be taken back: the client must see that it is broken. */
export function breakOff(request: IncomingMessage, response: ServerResponse): void {
  cutByUs.add(request);
  response.destroy();
}
