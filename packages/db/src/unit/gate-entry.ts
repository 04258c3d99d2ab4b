import type { CompiledQuery } from '../kysely.ts';
import { describeStatement } from './statement.ts';

/** What becomes of a statement that a closing gate finds under way. */
export type PendingFate = 'reject' | 'silence';

/** A statement in the queue of a gate. */
export class Entry<T> {
  readonly #what: CompiledQuery | string;
  /** `true` for a rollback to a savepoint. */
  readonly recovers: boolean;
  readonly #run: () => Promise<T>;
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  /** `what` is the statement, or what it is called. */
  constructor(what: CompiledQuery | string, run: () => Promise<T>, recovers: boolean) {
    this.#what = what;
    this.#run = run;
    this.recovers = recovers;
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Such as `insert into student`. */
  get name(): string {
    return typeof this.#what === 'string' ? this.#what : describeStatement(this.#what);
  }

  /** Never throws. */
  start(): Promise<T> {
    try {
      return this.#run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Settles it for good, or leaves it as it is: a promise that nobody awaits must not reject. */
  giveUp(fate: PendingFate, reason: Error): void {
    if (fate === 'reject') this.reject(reason);
  }
}
