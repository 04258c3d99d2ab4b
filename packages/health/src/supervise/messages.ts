import cluster from 'node:cluster';

/** What a worker says at its start and end. */
export type WorkerWord =
  /** It is not done starting although it may listen already. */
  | 'starting'
  /** It is ready. */
  | 'started'
  /** It has a safety net, which drains when it is told to. */
  | 'net'
  /** It is about to end, answers what is open for a while yet, and wants another one now. */
  | 'replace'
  /** It has a SQLite file open. */
  | 'sqlite';

/** What a worker tells of itself about once a second. */
export interface Pulse {
  /** Requests begun since its start. */
  readonly requests: number;
  /** Resident memory, in MiB. */
  readonly rssMb: number;
  /** Method and path of the newest request that it tells of. */
  readonly lastRequest: string;
}

/** What the supervisor tells a worker. */
export type SupervisorWord =
  /** The next one is ready: this one may close its servers. */
  | 'replaced'
  /** Its time has come: the next one is ready, and this one is to drain and end. */
  | 'retire';

const WORKER = 'resilient:worker:';
const SUPERVISOR = 'resilient:supervisor:';

/** Whether there is a supervisor that would hear. */
function isHeard(): boolean {
  return cluster.isWorker && process.connected === true && process.send !== undefined;
}

function send(message: object | string): boolean {
  try {
    if (!isHeard()) return false;
    // The callback takes the failure of a supervisor that has just died, which would be thrown otherwise.
    process.send?.(message, undefined, undefined, () => undefined);
    return true;
  } catch {
    return false; // the supervisor will see the exit
  }
}

/** Tells the supervisor, if there is one; answers whether it was told. */
export function tellSupervisor(word: WorkerWord): boolean {
  return send(WORKER + word);
}

/** Tells the supervisor that this worker's event loop turns. */
export function sendPulse(pulse: Pulse): boolean {
  return send({ resilient: 'pulse', ...pulse });
}

/** Reads a message of a worker; `undefined` for one that is the application's own. */
export function readWorkerMessage(message: unknown): WorkerWord | Pulse | undefined {
  if (typeof message === 'string') {
    return message.startsWith(WORKER) ? (message.slice(WORKER.length) as WorkerWord) : undefined;
  }
  const { resilient } = (message ?? {}) as { resilient?: unknown };
  return resilient === 'pulse' ? (message as Pulse) : undefined;
}

/** What the supervisor sends for `word`. */
export function supervisorMessage(word: SupervisorWord): string {
  return SUPERVISOR + word;
}

/** Calls `then` when the supervisor says `word`; answers what takes that back. Nobody supervised is never called. */
export function onSupervisorWord(word: SupervisorWord, then: () => void): () => void {
  if (!isHeard()) return () => undefined;
  const expected = supervisorMessage(word);
  const onMessage = (message: unknown): void => {
    if (message === expected) then();
  };
  process.on('message', onMessage);
  return () => process.off('message', onMessage);
}

/**
 * Asks for another worker. Resolves when that one is ready, which may be never, and at once where nobody supervises.
 * Until then this one has to keep its servers open: `node:cluster` closes the socket with the last that listens, and
 * forgets a connection that was on its way there: its client would wait for ever.
 */
export function askForReplacement(): Promise<void> {
  if (!tellSupervisor('replace')) return Promise.resolve();
  return new Promise((resolve) => onSupervisorWord('replaced', resolve));
}
