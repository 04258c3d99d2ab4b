import { Readable } from 'node:stream';

/** What is known of a request before it is sent. */
export interface RequestFacts {
  /** Upper case. */
  readonly method: string;
  readonly url: URL;
  /** A copy, made at each asking: {@link headerIn} is for one of them. */
  readonly headers: () => Headers;
  /** One header, by its name in lower case; `undefined` if there is none. */
  headerIn(name: string): string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Whether it has no body, or one that fetch reads anew each time. */
  readonly isLasting: boolean;
  /** Whether its body can be sent again at the moment. */
  canRepeat(): boolean;
}

const always = (): boolean => true;

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

/** Whether a stream, an iterable or the body of a `Request` was not begun. */
function isUnread(body: unknown, request: Request | undefined): boolean {
  if (request) return !request.bodyUsed;
  return body instanceof ReadableStream && !body.locked && !Readable.isDisturbed(body as unknown as Readable);
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
    const url = new URL(request ? request.url : (input as string | URL));
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
    const body = init?.body ?? request?.body;
    const given = init?.headers ?? request?.headers;
    return {
      method: (init?.method ?? request?.method ?? 'GET').toUpperCase(),
      url,
      headers: () => new Headers(given),
      headerIn: (name) => headerIn(given, name),
      signal: init?.signal ?? request?.signal ?? undefined,
      isLasting: isLasting(body),
      canRepeat: isLasting(body) ? always : () => isUnread(body, init?.body ? undefined : request),
    };
  } catch {
    return undefined;
  }
}
