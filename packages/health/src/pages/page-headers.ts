import type { RenderedPage } from './error-page.ts';

/** Headers of an answer that is not sent any more: they would lie about the page. */
export const OF_THE_BODY: readonly string[] = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
  'trailer',
  'transfer-encoding',
];

/** What of an answer its headers are made from. */
export interface PageAnswer {
  readonly page: RenderedPage;
  readonly retryAfterS?: number | undefined;
  readonly challenge?: string | undefined;
}

/** The headers of a page, on top of those that stay; `vary` is what was said so far. */
export function pageHeaders(answer: PageAnswer, vary?: unknown): Record<string, string> {
  const { page, retryAfterS, challenge } = answer;
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
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  };
}
