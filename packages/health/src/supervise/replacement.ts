import cluster from 'node:cluster';

/** What a worker says that is about to end. */
const MESSAGE = 'resilient:replace-me';

/** Asks the supervisor, if there is one, for another worker now: this one may answer what is open for a while yet. */
export function askForReplacement(): void {
  try {
    if (cluster.isWorker && process.connected) process.send?.(MESSAGE);
  } catch {
    // the supervisor will see the exit
  }
}

/** Whether a worker's message asks for a replacement. */
export function asksForReplacement(message: unknown): boolean {
  return message === MESSAGE;
}
