import { sql, type Transaction } from './kysely.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { FleetStoreSettings } from './options.ts';
import { type FleetDatabase, makeTable } from './table.ts';

/** A transaction on any database. */
export type FleetTransaction = Transaction<unknown>;

/** The way to the table: one connection at a time, short transactions that the server ends where nobody waits for them. */
export class FleetTable {
  readonly settings: FleetStoreSettings;
  readonly #db: FleetDatabase;
  readonly #line: OneAtATime;
  #ready: Promise<void> | undefined;

  constructor(db: FleetDatabase, settings: FleetStoreSettings) {
    this.#db = db;
    this.settings = settings;
    this.#line = new OneAtATime(settings.clock);
  }

  /** Whether callers wait for a connection: then this one can wait as well. */
  get isCrowded(): boolean {
    return this.settings.waiting() > 0;
  }

  /** Runs `work` in a transaction that sees what others have committed up to each statement. */
  transact<T>(
    work: (trx: FleetTransaction) => Promise<T>,
    signal: AbortSignal,
    timeoutMs: number = this.settings.timeoutMs,
  ): Promise<T> {
    return this.#line.run(async () => {
      try {
        await this.#prepare();
        signal.throwIfAborted();
        return await this.#db
          .transaction()
          .setIsolationLevel('read committed')
          .execute(async (trx) => {
            signal.throwIfAborted(); // while it waited for a connection
            await sql`select set_config('statement_timeout', ${String(timeoutMs)}, true)`.execute(trx);
            const result = await work(trx);
            signal.throwIfAborted();
            return result;
          });
      } catch (error) {
        this.#ready = undefined; // the table may have been dropped, or is not there in the database of today
        throw error;
      }
    }, signal);
  }

  async #prepare(): Promise<void> {
    this.#ready ??= makeTable(this.#db, this.settings.table);
    await this.#ready;
  }
}
