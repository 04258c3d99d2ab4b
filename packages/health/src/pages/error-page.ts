import { createHash, randomBytes } from 'node:crypto';

/** All that a page may say. */
export interface PageFacts {
  readonly status: number;
  /** The correlation id, which is in the log as well; absent for pages that are no error's. */
  readonly id?: string;
  /** A sentence for people. */
  readonly title: string;
}

/** An answer, ready to be sent. */
export interface RenderedPage {
  readonly type: 'text/html; charset=utf-8' | 'application/problem+json; charset=utf-8';
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The user's own page: it gets status, id and title, never the error. */
export type PageTemplate = (facts: PageFacts) => string | Promise<string>;

const STYLE =
  ':root{color-scheme:light dark}body{font:1.05rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center}main{max-width:34rem;padding:2rem}h1{font-size:1.5rem;line-height:1.3}small{opacity:.75}code{font-size:1em}';

/** The page holds one style and nothing that runs; the policy names exactly that. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request could not be understood.',
  401: 'Please log in first.',
  403: 'This is not allowed.',
  404: 'This page does not exist.',
  405: 'This cannot be done here.',
  408: 'The request took too long.',
  413: 'That is too large.',
  414: 'That address is too long.',
  415: 'This kind of data is not understood.',
  422: 'Something in the data is not right.',
  429: 'Too many requests. Please wait a moment.',
  500: 'Something went wrong on our side.',
  502: 'A service that we need did not answer properly.',
  503: 'We are busy right now. Please try again in a moment.',
  504: 'That took too long. Please try again in a moment.',
};

/** The sentence that goes with a status. */
export function titleOf(status: number): string {
  return (
    TITLES[status] ??
    (status < 500 ? 'The request could not be processed.' : 'Something went wrong on our side.')
  );
}

/** A new correlation id: 12 hex characters in three groups, short enough to be read out. */
export function correlationId(): string {
  return randomBytes(6)
    .toString('hex')
    .replace(/(.{4})(?=.)/g, '$1-');
}

/** Escapes text for HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Whether the client named HTML, and not to refuse it; a browser always does, `fetch` and `curl` never. */
export function wantsHtml(accept: string = ''): boolean {
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.toLowerCase().split(';');
    return (
      type?.trim() === 'text/html' && !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))
    );
  });
}

/** Our page. */
export function htmlPage({ status, id, title }: PageFacts): RenderedPage {
  const shown = escapeHtml(title);
  const reference =
    id === undefined
      ? ''
      : `<p><small>If you ask for help, please give this number: <code>${escapeHtml(id)}</code></small></p>`;
  return {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${status}</title><style>${STYLE}</style></head><body><main><h1>${shown}</h1>${reference}</main></body></html>`,
    headers: { 'content-security-policy': POLICY },
  };
}

/** The same for programs: RFC 9457, with `extra` where the framework itself made it for the client. */
export function problemPage({ status, id, title }: PageFacts, extra: object = {}): RenderedPage {
  const instance = id === undefined ? {} : { instance: `urn:correlation:${id}`, id };
  return {
    type: 'application/problem+json; charset=utf-8',
    body: JSON.stringify({ type: 'about:blank', title, status, ...instance, ...extra }),
    headers: {},
  };
}
