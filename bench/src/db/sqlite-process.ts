/** One of several processes that write to the same file; told by its arguments how, it answers with what it saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit } from '@resilient/db';
import SqliteLibrary from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Schema } from './sqlite-files.ts';

/** What a process saw. */
export interface ProcessReport {
  readonly ok: number;
  readonly waitsMs: readonly number[];
  readonly idleMs: number;
  readonly stallMs: number;
}

const [, , file = '', how = 'ours', writers = '10', units = '20', pauseMs = '1'] = process.argv;

type Unit = () => Promise<boolean>;
type Handle = Pick<Kysely<Schema>, 'selectFrom' | 'updateTable'>;

async function readModifyWrite(trx: Handle): Promise<void> {
  const { value } = await trx
    .selectFrom('counter')
    .select('value')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  if (pauseMs !== '0') await sleep(Number(pauseMs));
  await trx
    .updateTable('counter')
    .set({ value: value + 1 })
    .where('id', '=', 1)
    .execute();
}

function stockUnit(timeout: number, retries: number, immediate: boolean): Unit {
  const library = new SqliteLibrary(file, { timeout });
  library.pragma('journal_mode = wal');
  library.pragma('synchronous = full');
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: library }) });
  const once = (): Promise<unknown> =>
    immediate
      ? kysely.connection().execute(async (own) => {
          await sql`begin immediate`.execute(own);
          try {
            await readModifyWrite(own);
            await sql`commit`.execute(own);
          } catch (error) {
            await sql`rollback`.execute(own).catch(() => {});
            throw error;
          }
        })
      : kysely.transaction().execute(readModifyWrite);
  return async () => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await once();
        return true;
      } catch {
        if (attempt >= retries) return false;
        await sleep(100 * 2 ** attempt * Math.random());
      }
    }
  };
}

async function unitOf(): Promise<Unit> {
  if (how === 'stock') return stockUnit(5_000, 0, false);
  if (how === 'retries') return stockUnit(5_000, 3, false);
  if (how === 'immediate') return stockUnit(20_000, 0, true);
  const db = await createDatabase<Schema>({ url: `sqlite:${file}` });
  return async () => (await safeCommit(db.kysely, readModifyWrite)).ok;
}

const unit = await unitOf();
let longest = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}, 1);
await sleep(300);
const idleMs = longest;
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
longest = 0;
last = performance.now();
let ok = 0;
const waitsMs: number[] = [];
const writer = async (): Promise<void> => {
  for (let done = 0; done < Number(units); done += 1) {
    const startedAt = performance.now();
    if (await unit()) ok += 1;
    waitsMs.push(performance.now() - startedAt);
  }
};
await Promise.all(Array.from({ length: Number(writers) }, writer));
const report: ProcessReport = { ok, waitsMs, idleMs, stallMs: longest };
process.send?.(report, () => process.exit(0));
