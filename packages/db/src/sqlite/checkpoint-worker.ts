/**
 * The thread that moves the write-ahead log into the file, on a connection of its own: on the main thread the unlucky
 * COMMIT would hold the event loop for as long. It does what it is told, one checkpoint at a time.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointAnswer, CheckpointOrder, CheckpointThread } from './checkpoints.ts';
import type { SqliteHandle } from './handle.ts';
import { loadLibrary } from './library.ts';

/** What the pragma tells: whether others were in the way, pages in the log, and those of them that are in the file. */
interface CheckpointRow {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

const { file, pragmas } = workerData as CheckpointThread;
let handle: SqliteHandle | undefined;

async function checkpoint({ mode, busyMs }: CheckpointOrder): Promise<CheckpointAnswer> {
  try {
    if (!handle) {
      handle = (await loadLibrary())(file, false);
      for (const pragma of pragmas) handle.pragma(pragma);
    }
    handle.pragma(`busy_timeout = ${busyMs}`);
    const [row] = handle.pragma(`wal_checkpoint(${mode})`) as CheckpointRow[];
    return { done: row?.busy === 0, moved: row !== undefined && row.log === row.checkpointed };
  } catch (error) {
    return { done: false, moved: false, code: String((error as { code?: unknown }).code) };
  }
}

parentPort?.on('message', async (order: CheckpointOrder | 'close') => {
  if (order === 'close') {
    handle?.close();
    parentPort?.close();
  } else {
    parentPort?.postMessage(await checkpoint(order));
  }
});
