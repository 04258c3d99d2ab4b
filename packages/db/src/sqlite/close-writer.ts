import type { ReadConnections } from './read-connections.ts';
import type { WalUpkeep } from './wal-upkeep.ts';
import type { Writer } from './writer.ts';
import type { WriterWatch } from './writer-watch.ts';

/** What a database has beside its writer. */
export interface Beside {
  readonly readers: ReadConnections | undefined;
  readonly upkeep: WalUpkeep | undefined;
  readonly watch: WriterWatch;
}

/**
 * Refuses newcomers, lets those who wait and the one who runs come to their end for `timeoutMs`, then closes the
 * connection: what is still running by then is rolled back, and its next statement is refused.
 */
export async function closeWriter(
  writer: Writer,
  { readers, upkeep, watch }: Beside,
  timeoutMs: number,
): Promise<void> {
  const { clock, queue, logger } = writer;
  let timer: unknown;
  const late = new Promise<'late'>((resolve) => {
    timer = clock.setTimer(() => resolve('late'), timeoutMs);
  });
  const end = await Promise.race([Promise.all([queue.close(), readers?.drain()]), late]);
  clock.clearTimer(timer);
  if (end === 'late') {
    queue.refuseWaiting();
    writer.holder?.release();
    logger.warn(
      { timeoutMs },
      'the SQLite database was closed while a unit was still running, which is rolled back',
    );
  }
  watch.close();
  await upkeep?.close();
  // First the readers: the last connection to close moves the WAL into the file, which a reader cannot.
  readers?.close();
  writer.close();
}
