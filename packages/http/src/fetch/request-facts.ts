/** What is known of a request before it is sent. */
export interface RequestFacts {
  /** Upper case. */
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
  /** Whether it can be sent again: without a body, or with a string or bytes. */
  readonly repeatable: boolean;
}

function isRepeatable(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  );
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
    return {
      method: (init?.method ?? request?.method ?? 'GET').toUpperCase(),
      url,
      headers: new Headers(init?.headers ?? request?.headers),
      signal: init?.signal ?? request?.signal ?? undefined,
      repeatable: isRepeatable(init?.body ?? request?.body),
    };
  } catch {
    return undefined;
  }
}
