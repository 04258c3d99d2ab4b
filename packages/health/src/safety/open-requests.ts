import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { requestLine } from '../server/request-line.ts';

/** What a safety net needs of a server: Node's http and https servers have it, and so does `app.server` of fastify. */
export interface DrainableServer {
  readonly listening: boolean;
  close(callback?: (error?: Error) => void): unknown;
  closeIdleConnections(): void;
  closeAllConnections(): void;
  prependListener(
    event: 'request',
    listener: (request: IncomingMessage, response: ServerResponse) => void,
  ): unknown;
  prependListener(event: 'connection', listener: (socket: Socket) => void): unknown;
  removeListener(
    event: 'request',
    listener: (request: IncomingMessage, response: ServerResponse) => void,
  ): unknown;
  removeListener(event: 'connection', listener: (socket: Socket) => void): unknown;
}

/** Knows which requests are being answered, and ends keep-alive when the time has come. */
export class OpenRequests {
  readonly #open = new Map<ServerResponse, string>();
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<DrainableServer>();
  #closing = false;

  get size(): number {
    return this.#open.size;
  }

  get servers(): readonly DrainableServer[] {
    return [...this.#servers];
  }

  watch(server: DrainableServer): void {
    if (this.#servers.has(server)) return;
    this.#servers.add(server);
    server.prependListener('request', this.#onRequest);
    server.prependListener('connection', this.#onConnection);
  }

  /** From now on every answer says `Connection: close`, so that clients go elsewhere. */
  endKeepAlive(): void {
    this.#closing = true;
    for (const response of this.#open.keys()) sayClose(response);
  }

  /** Cuts the event streams of `EventSource`, which never end by themselves; their clients come again, elsewhere. */
  endStreams(): void {
    for (const response of this.#open.keys()) if (isEventStream(response)) response.destroy();
  }

  /** Cuts every connection, also those that were upgraded, which no server counts as its own any more. */
  cut(): void {
    for (const server of this.#servers) server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Method and path of what is open, without query, at most 20. */
  paths(): string[] {
    return [...this.#open.values()].slice(0, 20);
  }

  remove(): void {
    for (const server of this.#servers) {
      server.removeListener('request', this.#onRequest);
      server.removeListener('connection', this.#onConnection);
    }
    this.#servers.clear();
  }

  readonly #onConnection = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  };

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    this.#open.set(response, requestLine(request));
    response.once('close', () => this.#open.delete(response));
    if (this.#closing) sayClose(response);
  };
}

/**
 * Whether it is the stream of an `EventSource`, which asks by GET. Headers that were given to `writeHead` cannot be read
 * back, so the head is read as it was sent; where there is none yet, what the client asked for tells it.
 */
function isEventStream(response: ServerResponse): boolean {
  const { method, headers } = response.req;
  const { _header: head } = response as { readonly _header?: unknown };
  const sent = typeof head === 'string' ? /^content-type: *(.*)$/im.exec(head)?.[1] : headers.accept;
  const type = String(response.getHeader('content-type') ?? sent);
  return method === 'GET' && type.startsWith('text/event-stream');
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent && response.req.httpVersionMajor === 1) response.setHeader('connection', 'close');
}
