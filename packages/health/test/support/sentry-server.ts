import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** The part of an event of Sentry that is looked at. */
export interface SentEvent {
  readonly level?: string;
  readonly tags?: Record<string, string>;
  readonly extra?: Record<string, unknown>;
  readonly exception?: {
    readonly values: readonly {
      readonly type: string;
      readonly value: string;
      readonly mechanism?: { readonly handled: boolean; readonly type: string };
    }[];
  };
  readonly [key: string]: unknown;
}

/** A server that takes what Sentry's SDK sends. */
export interface SentryServer {
  readonly dsn: string;
  /** The events, in no order; sessions and reports of the SDK about itself are left out. */
  readonly events: SentEvent[];
  close(): Promise<void>;
}

/** The events of an envelope: lines of JSON, a header, and then a header and a payload for each item. */
function eventsIn(envelope: string): SentEvent[] {
  const [, ...lines] = envelope.split('\n').filter((line) => line !== '');
  const events: SentEvent[] = [];
  for (let place = 0; place + 1 < lines.length; place += 2) {
    const { type } = JSON.parse(lines[place] ?? '') as { type: string };
    if (type === 'event') events.push(JSON.parse(lines[place + 1] ?? '') as SentEvent);
  }
  return events;
}

/** Starts a server that takes what Sentry's SDK sends once `opened` is; who goes away before that has sent nothing. */
export async function startSentryServer(opened?: Promise<unknown>): Promise<SentryServer> {
  const events: SentEvent[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    await opened;
    if (request.socket.destroyed) return;
    events.push(...eventsIn(text));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    dsn: `http://public@127.0.0.1:${port}/1`,
    events,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
