import { Readable } from 'node:stream';

/** Where a request goes. */
interface Address {
  readonly text: string;
  readonly href: string;
  readonly origin: string;
  readonly isHttp: boolean;
}

/** The last one that was read: an SDK asks one address over and over, and reading it costs as much as sending. */
let last: Address | undefined;

function addressOf(text: string): Address {
  if (last?.text === text) return last;
  const { href, origin, protocol } = new URL(text);
  last = { text, href, origin, isHttp: protocol === 'http:' || protocol === 'https:' };
  return last;
}

/** Bodies that fetch reads anew each time. */
function isLasting(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof FormData ||
    body instanceof URLSearchParams
  );
}

/** One header of what may be given as such; a `Headers` of every request would cost more than the rest of this file. */
function headerIn(given: RequestInit['headers'], name: string): string | undefined {
  if (given === undefined) return undefined;
  if (given instanceof Headers) return given.get(name) ?? undefined;
  if (Symbol.iterator in given) return new Headers(given).get(name) ?? undefined;
  for (const key in given) {
    if (key.length === name.length && key.toLowerCase() === name) return String(given[key]);
  }
  return undefined;
}

/** What is known of a request before it is sent. */
export class RequestFacts {
  /** Upper case. */
  readonly method: string;
  readonly url: string;
  readonly origin: string;
  readonly signal: AbortSignal | undefined;
  /** Whether it has no body, or one that fetch reads anew each time. */
  readonly isLasting: boolean;
  readonly #headers: RequestInit['headers'];
  readonly #request: Request | undefined;
  readonly #body: unknown;

  constructor({ href, origin }: Address, request: Request | undefined, init: RequestInit | undefined) {
    this.method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    this.url = href;
    this.origin = origin;
    this.signal = init?.signal ?? request?.signal ?? undefined;
    this.#headers = init?.headers ?? request?.headers;
    this.#request = init?.body ? undefined : request;
    this.#body = init?.body ?? request?.body;
    this.isLasting = isLasting(this.#body);
  }

  /** A copy, made at each asking: {@link headerIn} is for one of them. */
  headers(): Headers {
    return new Headers(this.#headers);
  }

  /** One header, by its name in lower case; `undefined` if there is none. */
  headerIn(name: string): string | undefined {
    return headerIn(this.#headers, name);
  }

  /** Whether a stream, an iterable or the body of a `Request` was not begun. */
  isUnread(): boolean {
    if (this.#request) return !this.#request.bodyUsed;
    const body = this.#body;
    return (
      body instanceof ReadableStream && !body.locked && !Readable.isDisturbed(body as unknown as Readable)
    );
  }
}

/**
 * Reads a request as fetch would; `undefined` for one that fetch itself has to refuse or serve, such as a wrong URL or
 * one of `data:`.
 */
export function requestFactsOf(
  input: string | URL | Request,
  init: RequestInit | undefined,
): RequestFacts | undefined {
  try {
    const request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
    const address = addressOf(request ? request.url : String(input));
    return address.isHttp ? new RequestFacts(address, request, init) : undefined;
  } catch {
    return undefined;
  }
}
