import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request that a flaky server got. Filled while the request is served. */
export interface FlakyRequest {
  /** 0 for the first since the script was set. */
  readonly n: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The `Idempotency-Key` header. */
  readonly idempotencyKey: string | undefined;
  /** The body as text, empty until it was read. */
  readonly body: string;
  /** When the headers had arrived, in milliseconds of the server's clock. */
  readonly at: number;
  /** When the exchange was over, whoever ended it; `undefined` before. */
  readonly endedAt: number | undefined;
  /** Whether the client went away before it had the answer. */
  readonly aborted: boolean;
}

/** {@link FlakyRequest} while it is being filled. */
export type OpenRequest = { -readonly [K in keyof FlakyRequest]: FlakyRequest[K] };

/** The record of a request whose headers have arrived. */
export const openRequest = (message: IncomingMessage, n: number, at: number): OpenRequest => {
  const key = message.headers['idempotency-key'];
  return {
    n,
    method: message.method ?? '',
    url: message.url ?? '',
    headers: message.headers,
    idempotencyKey: typeof key === 'string' ? key : undefined,
    body: '',
    at,
    endedAt: undefined,
    aborted: false,
  };
};

/** Reads the body to its end; `false` when the client went away first. */
export const readBody = (message: IncomingMessage, request: OpenRequest): Promise<boolean> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.once('close', () => {
      request.body = Buffer.concat(chunks).toString('utf8');
      resolve(message.complete);
    });
    message.once('end', () => {
      request.body = Buffer.concat(chunks).toString('utf8');
      resolve(true);
    });
    message.once('error', () => resolve(false));
  });
