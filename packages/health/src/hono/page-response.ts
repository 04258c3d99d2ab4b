import { OF_THE_BODY, type PageAnswer, pageHeaders } from '../pages/page-headers.ts';
import type { Context } from './hono.ts';

/** The page as hono's answer, with those headers of what was about to be answered that do not speak of its body. */
export function pageResponse(context: Context, status: number, answer: PageAnswer): Response {
  const headers = new Headers(context.res.headers);
  for (const name of OF_THE_BODY) headers.delete(name);
  for (const [name, value] of Object.entries(pageHeaders(answer, headers.get('vary'))))
    headers.set(name, value);
  // Taken away first: hono would copy the headers of the former answer over those of the new one.
  context.res = undefined;
  context.res = new Response(context.req.method === 'HEAD' ? null : answer.page.body, { status, headers });
  return context.res;
}
