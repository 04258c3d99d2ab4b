import { UnsafeIntegerError } from './integers.ts';
import type { PgClient, PgResult } from './pg.ts';
import { endsConnection, sqlStateOf } from './sql-state.ts';

/**
 * Errors after which another connection may do better, so that this one is not given back: a server that is no primary
 * any more, and plans that no longer fit.
 */
const STALE: ReadonlySet<string | undefined> = new Set(['25006', '26000', '0A000']);

/** A connection in somebody's hands: it knows whether it may be given back. */
export class Lease {
  readonly client: PgClient;
  /** `true` if it has just been opened, so that it cannot have died while idle. */
  readonly fresh: boolean;
  readonly #onReturn: () => void;
  #failure: unknown;
  #broken = false;
  #stale = false;
  #running = 0;
  #returned = false;

  constructor(client: PgClient, fresh: boolean, onReturn: () => void) {
    this.client = client;
    this.fresh = fresh;
    this.#onReturn = onReturn;
  }

  /** `true` once the connection is dead, or in a state that only its end settles. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Why it is broken. */
  get failure(): unknown {
    return this.#failure;
  }

  /** `true` while a statement waits for its answer. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Marks it as not to be used again. */
  breakWith(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#failure = error;
  }

  /** Sends a statement; of several in one text the last one's result counts. */
  async query(text: string, values: readonly unknown[] = []): Promise<PgResult> {
    const result = await this.perform((client) => client.query(text, values));
    return (Array.isArray(result) ? result.at(-1) : result) as PgResult;
  }

  /** Runs something on the client, and learns from its failure whether the connection may be used again. */
  async perform<T>(use: (client: PgClient) => Promise<T>): Promise<T> {
    if (this.#broken) throw this.#failure;
    this.#running += 1;
    try {
      return await use(this.client);
    } catch (error) {
      if (!(error instanceof UnsafeIntegerError) && endsConnection(error)) this.breakWith(error);
      if (STALE.has(sqlStateOf(error))) this.#stale = true;
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  /** Gives it back if it is idle and sound, else closes it. The second call does nothing. */
  release(): void {
    const sound = !this.#broken && !this.#stale && !this.busy && this.client.getTransactionStatus() === 'I';
    this.#giveBack(!sound);
  }

  /** Closes it, unless it has been given back. */
  destroy(): void {
    this.#giveBack(true);
  }

  #giveBack(destroy: boolean): void {
    if (this.#returned) return;
    this.#returned = true;
    if (destroy) this.breakWith(new Error('the connection has been closed'));
    this.client.release(destroy);
    this.#onReturn();
  }
}
