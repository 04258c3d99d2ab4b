import cluster from 'node:cluster';

/**
 * What a worker tells its supervisor: it is not done starting although it may listen already, it is, or it is about
 * to end and another one is wanted now, since this one may answer what is open for a while yet.
 */
export type WorkerWord = 'starting' | 'started' | 'replace';

const PREFIX = 'resilient:worker:';

/** Tells the supervisor, if there is one. */
export function tellSupervisor(word: WorkerWord): void {
  try {
    if (cluster.isWorker && process.connected) process.send?.(PREFIX + word);
  } catch {
    // the supervisor will see the exit
  }
}

/** Reads a message of a worker; `undefined` for one that is the application's own. */
export function wordOf(message: unknown): WorkerWord | undefined {
  if (typeof message !== 'string' || !message.startsWith(PREFIX)) return undefined;
  return message.slice(PREFIX.length) as WorkerWord;
}
