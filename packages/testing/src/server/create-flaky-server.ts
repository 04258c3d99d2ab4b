import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, checkKnown, checkNumber } from '@resilient/core';
import { listenQuietly } from '../network/quiet-port.ts';
import { realNow, realSleep } from '../real-time.ts';
import { answer, cutSocket, cutsConnection } from './flaky-answer.ts';
import { type FlakyRequest, openRequest, readBody } from './flaky-request.ts';
import { compileScript, type FlakyScript } from './flaky-script.ts';

const HOST = '127.0.0.1';

/** The part of a clock that a flaky server needs. */
export type FlakyServerClock = Pick<Clock, 'now' | 'sleep'>;

/** Options of {@link createFlakyServer}. */
export interface FlakyServerOptions {
  /**
   * Port on 127.0.0.1, to come back where another server was.
   * @defaultValue a free one
   */
  readonly port?: number;
  /**
   * Clock of `latencyMs` and of the times recorded: a virtual one makes latency pass with `advance`.
   * @defaultValue real time
   */
  readonly clock?: FlakyServerClock;
}

/** An HTTP server that fails as it is told; see {@link createFlakyServer}. */
export interface FlakyServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** All requests so far, the oldest first. */
  readonly requests: readonly FlakyRequest[];
  /** How many connections were made. */
  readonly connections: number;
  /** Replaces the script; steps and the number `n` of a request start again, what is under way stays as it was. */
  set(script: FlakyScript): void;
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on loopback that answers by script, by a function or by seeded rates, and records what
 * arrives. A function that throws, or returns no step, is answered with status 599 and the reason.
 *
 * @throws TypeError or RangeError for a wrong script or option; Error when the port is taken.
 *
 * @example
 * ```ts
 * import { createFlakyServer } from '@resilient/testing';
 *
 * await using server = await createFlakyServer([503, { reset: true }, { json: { ok: true } }]);
 * const first = await fetch(server.url, { method: 'POST', headers: { 'idempotency-key': 'k1' } });
 * console.log(first.status, server.requests[0]?.idempotencyKey); // 503 k1
 * ```
 */
export const createFlakyServer = async (
  script: FlakyScript = 200,
  options: FlakyServerOptions = {},
): Promise<FlakyServer> => {
  checkKnown('createFlakyServer', options, ['port', 'clock']);
  const port = checkNumber('port', options.port ?? 0, { min: 0, max: 65_535, integer: true });
  const clock = options.clock ?? { now: realNow, sleep: realSleep };
  const requests: FlakyRequest[] = [];
  let current = compileScript(script);
  let served = 0;
  let connections = 0;
  let closed = false;

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = openRequest(message, served++, clock.now());
    requests.push(request);
    const over = new AbortController();
    let cutByUs = false;
    response.on('error', () => {});
    response.once('close', () => {
      request.endedAt = clock.now();
      request.aborted = !response.writableFinished && !cutByUs && !closed;
      over.abort();
    });
    const { choose, needsBody } = current;
    const reading = readBody(message, request);
    try {
      if (needsBody && !(await reading)) return;
      const step = await choose(request);
      if (step.close === 'before') {
        cutByUs = true;
        return cutSocket(message.socket, step.reset);
      }
      if (!(await reading)) return;
      if (step.latencyMs !== undefined && step.latencyMs > 0) await clock.sleep(step.latencyMs, over.signal);
      if (over.signal.aborted) return;
      cutByUs = cutsConnection(step);
      answer(response, step);
    } catch (error) {
      if (!over.signal.aborted)
        answer(response, { status: 599, body: `the script failed: ${String(error)}` });
    }
  };

  const server = createServer(
    { keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 0 },
    (message, response) => {
      void serve(message, response);
    },
  );
  server.on('connection', () => connections++);
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(wanted, HOST, resolve);
    });
  await (port === 0 ? listenQuietly(listen) : listen(port));
  const listeningOn = (server.address() as AddressInfo).port;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      closed = true;
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://${HOST}:${listeningOn}`,
    port: listeningOn,
    requests,
    get connections() {
      return connections;
    },
    set(next) {
      current = compileScript(next);
      served = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};
