import { connect } from 'node:net';
import type { Clock } from '@resilient/core';
import { within } from '../time/within.ts';
import type { PgClient } from './pg.ts';

/** @see https://www.postgresql.org/docs/18/protocol-message-formats.html CancelRequest */
const CANCEL_REQUEST = 80_877_102;

/** A server that does not take the request by then will notice the closed connection instead. */
const CANCEL_MS = 1_000;

/**
 * Asks the server to stop what a client is running, over a connection of its own, as libpq does; nothing is answered.
 * A late request hits the connection's next statement, so the client must not be used again.
 */
export async function cancelRunning(client: PgClient, clock: Clock): Promise<void> {
  const { host, port, processID, secretKey } = client;
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
  socket.resume();
  socket.end(request);
  await within(clock, CANCEL_MS, closed);
  socket.destroy();
}
