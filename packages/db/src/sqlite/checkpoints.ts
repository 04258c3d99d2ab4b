import { Worker } from 'node:worker_threads';

/** What the thread is started with. */
export interface CheckpointThread {
  readonly file: string;
  /** Run on its connection when it is opened. */
  readonly pragmas: readonly string[];
}

/** One checkpoint; modes of https://www.sqlite.org/pragma.html#pragma_wal_checkpoint. */
export interface CheckpointOrder {
  readonly mode: 'passive' | 'restart' | 'truncate';
  /** How long the thread, which alone stands still, waits for the locks of others. */
  readonly busyMs: number;
}

/** How it went: `done: false` if others were in the way, or with a code of SQLite's. */
export interface CheckpointAnswer {
  readonly done: boolean;
  /** Whether all that the log held when it began is in the file: no reader needs an older state. */
  readonly moved: boolean;
  readonly code?: string;
}

/** Runs checkpoints on a thread of their own, which is started with the first one. */
export class Checkpoints {
  readonly #thread: CheckpointThread;
  #worker: Worker | undefined;
  #answer: ((answer: CheckpointAnswer) => void) | undefined;

  constructor(thread: CheckpointThread) {
    this.#thread = thread;
  }

  /** Runs one checkpoint; the last one must have been answered. A thread that cannot run answers with a code. */
  run(order: CheckpointOrder): Promise<CheckpointAnswer> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      try {
        this.#worker ??= this.#start();
        this.#worker.postMessage(order);
      } catch (error) {
        resolve({ done: false, moved: false, code: codeOf(error) });
      }
    });
  }

  /** Ends the thread when the checkpoint that is running has ended. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    await new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      worker.ref(); // whoever awaits this must hear of it
      worker.postMessage('close');
    });
  }

  #start(): Worker {
    // beside this file, in the sources as in the package
    const name = `./checkpoint-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
    const worker = new Worker(new URL(name, import.meta.url), { workerData: this.#thread, execArgv: [] });
    worker.unref();
    worker.on('message', (answer: CheckpointAnswer) => this.#answer?.(answer));
    worker.on('error', (error) => this.#answer?.({ done: false, moved: false, code: codeOf(error) }));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#answer?.({ done: false, moved: false, code: 'EXIT' });
    });
    return worker;
  }
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}
