/** What a Web request is made from. */
export interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly accept?: string | undefined; readonly authorization?: string | undefined };
}

/** A Web request with what the health handler may look at; the rest is in `host`. */
export function webRequest({
  method = 'GET',
  url = '/',
  headers: { accept, authorization },
}: Asked): Request {
  const headers = new Headers();
  if (accept !== undefined) headers.set('accept', accept);
  if (authorization !== undefined) headers.set('authorization', authorization);
  return new Request(`http://localhost${url.startsWith('/') ? url : '/'}`, { method, headers });
}
