import { statSync } from 'node:fs';
import type { DatabaseCheck, DatabaseStats } from '../engine/opened.ts';
import { IN_MEMORY } from './open-handle.ts';
import type { ReadConnections } from './read-connections.ts';
import { sqliteCodeOf } from './sqlite-error.ts';
import type { Writer } from './writer.ts';

/** From here on a wait is told of: a tenth of what the callers are ready to wait, and more than any healthy unit takes. */
const LOCKED_MS = 1_000;
const HELD_MS = 10_000;
const CROWDED = 1_000;

/** How busy the writer and the connections for reading are. */
export function statsOf(writer: Writer, readers: ReadConnections | undefined): DatabaseStats {
  const size = (writer.handle.open ? 1 : 0) + (readers?.size ?? 0);
  const inUse = (writer.queue.heldForMs === undefined ? 0 : 1) + (readers?.lent ?? 0);
  const waiting = writer.queue.waiting + (readers?.waiting ?? 0);
  return { size, idle: Math.max(0, size - inUse), inUse, waiting, limit: 1 + (readers?.limit ?? 0) };
}

/**
 * Asks the database whether it answers, past the queue: a read on the one connection is harmless in the midst of
 * another's transaction, and no lock of another process is in its way for longer than a recovery takes.
 */
export async function checkWriter(
  writer: Writer,
  readers: ReadConnections | undefined,
  { file, timeoutMs }: { readonly file: string; readonly timeoutMs: number },
): Promise<DatabaseCheck> {
  const startedAt = writer.clock.now();
  const found = { kind: 'sqlite', pool: statsOf(writer, readers), ...walOf(file) } as const;
  const latency = (): number => writer.clock.now() - startedAt;
  try {
    const version = await writer.lock.run(() => readVersion(writer), {
      arrivedAt: startedAt,
      deadline: startedAt + timeoutMs,
    });
    const reason = whySlow(writer);
    const status = reason === undefined ? 'ok' : 'degraded';
    return { status, latencyMs: latency(), version, ...found, ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    const reason = writer.handle.open
      ? `it could not be read (${sqliteCodeOf(error) || 'no answer in time'})`
      : 'it is closed';
    return { status: 'down', latencyMs: latency(), ...found, reason };
  }
}

function readVersion({ handle }: Writer): string {
  // Inside a transaction of somebody's the file has been read already, and his snapshot must not be taken for him.
  const sql = handle.inTransaction
    ? 'select sqlite_version() as version'
    : 'select sqlite_version() as version, (select 1 from sqlite_schema limit 1) as readable';
  const [row] = handle.prepare(sql).all([]) as { version: string }[];
  return String(row?.version);
}

function whySlow({ lock, queue }: Writer): string | undefined {
  if (lock.busyForMs >= LOCKED_MS)
    return `another connection or process has held the lock for ${Math.round(lock.busyForMs)} ms`;
  const heldForMs = queue.heldForMs ?? 0;
  if (heldForMs >= HELD_MS) return `one unit has had the connection for ${Math.round(heldForMs)} ms`;
  return queue.waiting >= CROWDED ? `${queue.waiting} callers wait for the connection` : undefined;
}

/** Only looked at with `stat`: opening and closing the file would drop this process's locks on it. */
function walOf(file: string): Pick<DatabaseCheck, 'wal'> {
  if (file === IN_MEMORY) return {};
  return { wal: { bytes: statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0 } };
}
