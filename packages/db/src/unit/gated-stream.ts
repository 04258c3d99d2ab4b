import type { QueryResult } from '../kysely.ts';

/** What a stream needs of its gate. */
export interface StreamPassage<R> {
  readonly name: string;
  open(): AsyncIterableIterator<QueryResult<R>>;
  /** Runs a step when no other statement of the unit runs. */
  pass<T>(step: () => Promise<T>): Promise<T>;
  onEnd(): void;
}

/** A stream whose portions pass the gate one by one, so that other statements may run between them. */
export class GatedStream<R> implements AsyncIterableIterator<QueryResult<R>> {
  readonly #passage: StreamPassage<R>;
  #inner: AsyncIterableIterator<QueryResult<R>> | undefined;

  constructor(passage: StreamPassage<R>) {
    this.#passage = passage;
  }

  /** What it reads, for messages. */
  get name(): string {
    return this.#passage.name;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<QueryResult<R>>> {
    try {
      const step = await this.#passage.pass(() => {
        this.#inner ??= this.#passage.open();
        return this.#inner.next();
      });
      if (step.done) this.#passage.onEnd();
      return step;
    } catch (error) {
      this.#passage.onEnd();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<QueryResult<R>>> {
    try {
      if (this.#inner) await this.#passage.pass(() => this.#end());
    } finally {
      this.#passage.onEnd();
    }
    return { done: true, value: undefined };
  }

  /** Ends it without asking the gate, which is closed. Never rejects. */
  async shut(): Promise<void> {
    await this.#end().catch(() => {});
  }

  async #end(): Promise<void> {
    await this.#inner?.return?.();
  }
}
