import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { type Clock, refuse, systemClock, type TimerHandle } from '@resilient/core';
import { breakOff } from '../node/send-page.ts';
import { answerLate } from './answer-late.ts';
import { cutByUs } from './cut-by-us.ts';
import { type HardenServerOptions, hardenSettings } from './harden-options.ts';
import { shownPath } from './request-line.ts';

/** How often Node looks for connections that are too slow, as a share of the shortest limit. */
const CHECKS_PER_LIMIT = 5;

/** What Node's types leave out; read when the server begins to listen. */
interface CheckingServer {
  connectionsCheckingInterval?: number;
  maxHeaderSize?: number;
}

/**
 * Sets the limits of time and size that Node leaves open on an HTTP/1 server, and answers 503 where a handler has not
 * begun its answer in time. Call it before the server listens: Node then looks often enough to keep them. Answers what
 * takes the watch away again.
 *
 * A handler that is late sees its client go away; what it does meanwhile is not stopped (`withDeadline` does that).
 * Event streams and downloads that have begun go on for as long as they send something. Upgraded connections are left
 * alone.
 *
 * @throws TypeError or RangeError for a wrong option, or a server that is not one of `node:http` or `node:https`
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { hardenServer } from '@resilient/health';
 *
 * const server = createServer((_request, response) => response.end('hello'));
 * hardenServer(server, { requestTimeoutMs: 60_000 });
 * ```
 */
export function hardenServer(server: Server | SecureServer, options: HardenServerOptions = {}): () => void {
  const { requestTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderSize, logger } =
    hardenSettings(options);
  if (typeof server?.headersTimeout !== 'number' || typeof server.on !== 'function')
    throw refuse('server', 'a server of node:http or node:https', server);
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = headersTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  const checking = server as CheckingServer;
  checking.connectionsCheckingInterval = headersTimeoutMs / CHECKS_PER_LIMIT;
  if (maxHeaderSize !== undefined) checking.maxHeaderSize = maxHeaderSize;

  const clock: Clock = systemClock;
  const late = (request: IncomingMessage, response: ServerResponse): void => {
    // One behind another of the same connection ends with that one.
    if (response.socket === null) return;
    cutByUs.add(request);
    const id = answerLate(request, response);
    logger.warn(
      { reqId: id, method: request.method, path: shownPath(request), timeoutMs: requestTimeoutMs },
      'no answer in time: 503',
    );
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let timer: TimerHandle;
    let sent = 0;
    const look = (): void => {
      const { bytesWritten = 0 } = response.socket ?? {};
      if (!response.headersSent) late(request, response);
      else if (bytesWritten === sent) breakOff(request, response);
      else {
        sent = bytesWritten;
        arm();
      }
    };
    const arm = (): void => {
      timer = clock.setTimer(look, requestTimeoutMs, { background: true });
    };
    arm();
    response.once('close', () => clock.clearTimer(timer));
  };
  server.prependListener('request', onRequest);
  return () => server.off('request', onRequest);
}
