import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthMonitor } from '../monitor/types.ts';
import { cutByUs } from '../server/cut-by-us.ts';
import { ownRequests } from './own-requests.ts';

/** The content type among the arguments of `writeHead`: what is given there cannot be read back from the response. */
function typeAmong(args: readonly unknown[]): unknown {
  const headers = args.at(-1);
  if (typeof headers !== 'object' || headers === null) return undefined;
  if (Array.isArray(headers)) {
    const place = headers.findIndex((name, index) => index % 2 === 0 && /^content-type$/i.test(String(name)));
    return place < 0 ? undefined : headers[place + 1];
  }
  for (const name in headers) if (/^content-type$/i.test(name)) return headers[name as keyof typeof headers];
  return undefined;
}

/** The status to count; `undefined` for what says nothing of how the application is. */
function countedStatus(request: IncomingMessage, response: ServerResponse, type: string): number | undefined {
  // Event streams never end, and upgrades are no answers.
  const isStream = type.startsWith('text/event-stream') || response.statusCode === 101;
  if (isStream || ownRequests.has(request)) return undefined;
  if (cutByUs.has(request)) return response.headersSent ? 500 : 503;
  // Who went away before the answer was there has not been served badly.
  return response.writableFinished ? response.statusCode : undefined;
}

/** Records one request with its route, status and time to the first byte, when its answer is there. */
export function recordRequest(
  monitor: HealthMonitor,
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: () => string | undefined,
): void {
  const { clock } = monitor;
  const startedAt = clock.now();
  let firstByteAt: number | undefined;
  let type: unknown;
  let isRecorded = false;
  const record = (): void => {
    if (isRecorded) return;
    isRecorded = true;
    const status = countedStatus(request, response, String(type ?? request.headers.accept ?? ''));
    if (status === undefined) return;
    const route = routeOf();
    const durationMs = (firstByteAt ?? clock.now()) - startedAt;
    monitor.recordRequest({ ...(route === undefined ? {} : { route }), status, durationMs });
  };
  const { writeHead } = response;
  // Node's own `write` and `end` come through here as well.
  response.writeHead = function recorded(this: ServerResponse, ...args: unknown[]) {
    firstByteAt ??= clock.now();
    type = typeAmong(args) ?? this.getHeader('content-type');
    return writeHead.apply(this, args as never);
  } as typeof writeHead;
  // Responses that are made without a socket, for tests, know no `close`.
  response.once('finish', record);
  response.once('close', record);
}
