import { withoutDeadline } from '@resilient/core';
import { compareAndSet, type LoadedWrite, type Written } from './compare-and-set.ts';
import { sql } from './kysely.ts';
import type { SessionDatabase, StoreSettings } from './options.ts';
import { readRawRow, readSession } from './read-row.ts';
import { makeTable, type SessionRow } from './table.ts';

/** A row as it is written when nothing is known of an earlier one. */
export type NewRow = Omit<SessionRow, 'rev'>;

/** The statements on the table of sessions; each write goes through `commit`. */
export class SessionTable {
  readonly #db: SessionDatabase;
  readonly #settings: StoreSettings;
  #ready: Promise<void> | undefined;

  constructor(db: SessionDatabase, settings: StoreSettings) {
    this.#db = db;
    this.#settings = settings;
  }

  /** Makes the table once; tried again with the next call if it could not be made. */
  async prepare(): Promise<void> {
    this.#ready ??= withoutDeadline(() =>
      makeTable(this.#db, this.#settings.table, (work) => this.#commit(work)),
    );
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  /** Finds a row that has not expired. */
  async find(key: string): Promise<SessionRow | undefined> {
    await this.prepare();
    return this.#db
      .selectFrom(this.#settings.table)
      .selectAll()
      .where('id', '=', key)
      .where('expires_at', '>', this.#now())
      .executeTakeFirst();
  }

  /** Throws SessionCorruptError. */
  read(row: SessionRow): Promise<unknown> {
    return readSession(this.#db, this.#settings.table, row);
  }

  async readRaw(key: string): Promise<Uint8Array | undefined> {
    await this.prepare();
    return readRawRow(this.#db, this.#settings.table, key);
  }

  /** Writes a row, over another one if there is one; answers its revision. */
  async upsert({ id, ...columns }: NewRow): Promise<number | undefined> {
    await this.prepare();
    const { table } = this.#settings;
    const rev = sql<number>`${sql.ref(`${table}.rev`)} + 1`;
    return this.#commit(async (trx) => {
      const row = await trx
        .insertInto(table)
        .values({ id, rev: 1, ...columns })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...columns, rev }))
        .returning('rev')
        .executeTakeFirst();
      return row?.rev;
    });
  }

  /** Writes over a row that is still there; answers its revision, `undefined` if it is not. */
  async update({ id, ...columns }: NewRow): Promise<number | undefined> {
    await this.prepare();
    const { table } = this.#settings;
    return this.#commit(async (trx) => {
      const row = await trx
        .updateTable(table)
        .set({ ...columns, rev: sql<number>`rev + 1` })
        .where('id', '=', id)
        .where('expires_at', '>', this.#now())
        .returning('rev')
        .executeTakeFirst();
      return row?.rev;
    });
  }

  /** Writes over a row that is still as it was read, or brings both together. */
  async compareAndSet(write: Omit<LoadedWrite, 'now'>): Promise<Written> {
    await this.prepare();
    return this.#commit((trx) => compareAndSet(trx, { ...write, now: this.#now() }, this.#settings));
  }

  /** Moves the end of a session that is still there. */
  async prolong(key: string, expiresAt: number): Promise<void> {
    await this.prepare();
    await this.#commit((trx) =>
      trx
        .updateTable(this.#settings.table)
        .set({ expires_at: expiresAt })
        .where('id', '=', key)
        .where('expires_at', '>', this.#now())
        .execute(),
    );
  }

  async remove(key: string): Promise<void> {
    await this.prepare();
    await this.#commit((trx) => trx.deleteFrom(this.#settings.table).where('id', '=', key).execute());
  }

  /** Removes all rows of a user but one; answers their number. */
  async removeAllOf(userId: string, exceptKey: string | undefined): Promise<number> {
    await this.prepare();
    return this.#commit(async (trx) => {
      const rows = trx.deleteFrom(this.#settings.table).where('user_id', '=', userId);
      const chosen = exceptKey === undefined ? rows : rows.where('id', '<>', exceptKey);
      return Number((await chosen.executeTakeFirst()).numDeletedRows);
    });
  }

  #now(): number {
    return this.#settings.clock.epochNow();
  }

  #commit<T>(work: (trx: SessionDatabase) => Promise<T>): Promise<T> {
    return this.#settings.commit<T>(this.#db, work);
  }
}
