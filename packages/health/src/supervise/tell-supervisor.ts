import cluster from 'node:cluster';

/**
 * What a worker tells its supervisor: it is not done starting although it may listen already, it is, or it is about
 * to end and another one is wanted now, since this one may answer what is open for a while yet.
 */
export type WorkerWord = 'starting' | 'started' | 'replace';

const PREFIX = 'resilient:worker:';

/** What the supervisor tells a worker that asked to be replaced: the next one is ready. */
export const REPLACED = 'resilient:supervisor:replaced';

/** Tells the supervisor, if there is one; answers whether it was told. */
export function tellSupervisor(word: WorkerWord): boolean {
  try {
    if (!cluster.isWorker || !process.connected || process.send === undefined) return false;
    process.send(PREFIX + word);
    return true;
  } catch {
    return false; // the supervisor will see the exit
  }
}

/** Reads a message of a worker; `undefined` for one that is the application's own. */
export function wordOf(message: unknown): WorkerWord | undefined {
  if (typeof message !== 'string' || !message.startsWith(PREFIX)) return undefined;
  return message.slice(PREFIX.length) as WorkerWord;
}

/**
 * Asks for another worker. Resolves when that one is ready, which may be never, and at once where nobody supervises.
 * Until then this one has to keep its servers open: `node:cluster` closes the socket with the last that listens, and
 * forgets a connection that was on its way there: its client would wait for ever.
 */
export function askForReplacement(): Promise<void> {
  if (!tellSupervisor('replace')) return Promise.resolve();
  return new Promise((resolve) => {
    process.on('message', (message) => {
      if (message === REPLACED) resolve();
    });
  });
}
