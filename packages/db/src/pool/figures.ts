import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What a pool counts about itself. */
export class PoolFigures {
  /** Connections opened. */
  created = 0;
  /** Connections replaced at checkout or return: too old, or of a time before the server was lost. */
  recycled = 0;
  pingFailures = 0;
  slowStatements = 0;
  readonly #waits: RecordableHistogram = createHistogram();

  /** Adds the time that a caller has waited for a connection. */
  waited(ms: number): void {
    this.#waits.record(Math.max(1, Math.round(ms * 1_000))); // a histogram takes whole numbers from 1
  }

  /** The wait for a connection, in milliseconds, that `percent` of the callers did not exceed; 0 before the first. */
  waitMs(percent: number): number {
    return this.#waits.count === 0 ? 0 : this.#waits.percentile(percent) / 1_000;
  }
}
