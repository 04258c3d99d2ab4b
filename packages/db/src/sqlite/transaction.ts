import type { BeginRequest, OpenTransaction } from '../engine/engine.ts';
import { SqliteConnection } from './connection.ts';
import type { ConnectionHost } from './connection-host.ts';
import { WORK_MS } from './pacer.ts';
import type { ReadConnections } from './read-connections.ts';
import { UnitGroup } from './unit-group.ts';
import type { Writer } from './writer.ts';

/** With others waiting the loop turns first after less work, so that the group has its time. */
const CROWDED_WORK_MS = 1;

/** Opens the transaction of one unit; the levels of isolation are all one here, since units run one after the other. */
export async function beginUnit(
  writer: Writer,
  readers: ReadConnections | undefined,
  request: BeginRequest,
): Promise<OpenTransaction> {
  const { readOnly, deadline, callerSignal: signal, alone, name } = request;
  const arrivedAt = writer.clock.now();
  const turn = { deadline, signal, joins: !readOnly && !alone, urgent: alone === 'again' };
  let host: ConnectionHost = writer;
  if (readOnly && readers) {
    host = await readers.lend(turn);
  } else {
    const group = await writer.queue.enter(turn);
    if (group) {
      const member = group.join(request);
      if (!signal?.aborted) return member;
      await member.rollback();
      throw signal.reason;
    }
    await writer.ready();
  }
  const connection = new SqliteConnection(host, name);
  try {
    signal?.throwIfAborted();
    const workMs = writer.queue.waiting > 0 ? CROWDED_WORK_MS : WORK_MS;
    await connection.begin({ readOnly, arrivedAt, deadline, signal, workMs });
  } catch (error) {
    connection.release();
    throw error;
  }
  return new UnitGroup(writer, readOnly || alone !== undefined).first(connection, request);
}
