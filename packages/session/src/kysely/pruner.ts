import { loopTurn, withoutDeadline } from '@resilient/core';
import { sql } from './kysely.ts';
import type { SessionDatabase, StoreSettings } from './options.ts';

/** The row that says which process removes expired rows at the moment; ids of sessions have 64 characters. */
export const PRUNING_ID = 'pruning';

/** Rows removed by one statement: a few milliseconds, so that writers in between do not wait for long. */
const BATCH = 500;

/** How long a process may take for one batch before another may think that it has died, in milliseconds. */
const CLAIM_MS = 60_000;

/** Removes expired rows now and then, in batches, in one process of all that use the table. */
export class Pruner {
  readonly #db: SessionDatabase;
  readonly #settings: StoreSettings;
  #dueAt: number;
  #running: Promise<number> | undefined;

  constructor(db: SessionDatabase, settings: StoreSettings) {
    this.#db = db;
    this.#settings = settings;
    // Soon, but not at once: a process that is just starting has other things to do.
    this.#dueAt = settings.clock.now() + settings.pruneEveryMs / 10;
  }

  /** Called after writes, since only these make rows; never waits and never throws. */
  afterWrite(): void {
    const { clock, logger, pruneEveryMs } = this.#settings;
    if (clock.now() < this.#dueAt || this.#running !== undefined) return;
    this.#dueAt = clock.now() + pruneEveryMs;
    this.prune().catch((error: unknown) => {
      const errorName = error instanceof Error ? error.name : typeof error;
      logger.warn({ errorName }, 'expired sessions could not be removed; it is tried again later');
    });
  }

  /** Removes what has expired, unless another process does so or has just done so; answers the number of rows. */
  prune(): Promise<number> {
    this.#running ??= withoutDeadline(() => this.#prune()).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #prune(): Promise<number> {
    if (!(await this.#anyExpired())) return 0;
    const claim = await this.#claim();
    if (claim === undefined) return 0;
    let removed = 0;
    for (;;) {
      const count = await this.#removeBatch(claim);
      if (count === undefined) return removed; // the claim is another process's by now
      removed += count;
      if (count < BATCH) break;
      await loopTurn();
    }
    const { clock, pruneEveryMs } = this.#settings;
    const pause = Number.isFinite(pruneEveryMs) ? pruneEveryMs / 2 : 0;
    await this.#commit((trx) => this.#hold(trx, claim, Math.round(clock.epochNow() + pause)));
    return removed;
  }

  async #anyExpired(): Promise<boolean> {
    const { table, clock } = this.#settings;
    const found = await this.#db
      .selectFrom(table)
      .select('id')
      .where('expires_at', '<=', clock.epochNow())
      .where('id', '<>', PRUNING_ID)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Answers the number of this claim; `undefined` while another one holds. */
  #claim(): Promise<number | undefined> {
    const { table, clock } = this.#settings;
    const now = clock.epochNow();
    const rev = sql<number>`${sql.ref(`${table}.rev`)} + 1`;
    const expires_at = Math.round(now + CLAIM_MS);
    return this.#commit(async (trx) => {
      const row = await trx
        .insertInto(table)
        .values({ id: PRUNING_ID, data: '{}', rev: 1, user_id: null, expires_at })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet({ rev, expires_at }).where(`${table}.expires_at`, '<=', now),
        )
        .returning('rev')
        .executeTakeFirst();
      return row?.rev;
    });
  }

  #removeBatch(claim: number): Promise<number | undefined> {
    const { table, clock } = this.#settings;
    const now = clock.epochNow();
    return this.#commit(async (trx) => {
      if (!(await this.#hold(trx, claim, Math.round(now + CLAIM_MS)))) return undefined;
      const result = await trx
        .deleteFrom(table)
        .where('id', 'in', (rows) =>
          rows
            .selectFrom(table)
            .select('id')
            .where('expires_at', '<=', now)
            .where('id', '<>', PRUNING_ID)
            .orderBy('expires_at')
            .limit(BATCH),
        )
        .where('expires_at', '<=', now) // once more: a row may have been written anew after it was looked up
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    });
  }

  async #hold(trx: SessionDatabase, claim: number, until: number): Promise<boolean> {
    const result = await trx
      .updateTable(this.#settings.table)
      .set({ expires_at: until })
      .where('id', '=', PRUNING_ID)
      .where('rev', '=', claim)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  #commit<T>(work: (trx: SessionDatabase) => Promise<T>): Promise<T> {
    return this.#settings.commit<T>(this.#db, work);
  }
}
