/** A unit whose COMMIT does not fit on the disk, and one after it that does. */
import { createDatabase, safeCommit } from '@resilient/db';
import { recordingLogger } from '../recording-logger.ts';
import type { Schema } from '../temporary-database.ts';

const { logger } = recordingLogger();
const [, , url, witness] = process.argv;
const db = await createDatabase<Schema>({ url, witness: witness === 'true', logger });
let runs = 0;
const large = await safeCommit(
  db.kysely,
  async (trx) => {
    runs += 1;
    await trx.updateTable('counter').set({ value: 1 }).execute();
    await trx
      .insertInto('log')
      .values({ id: 1, worker: 'x'.repeat(1_000_000), step: 1 })
      .execute();
  },
  { logger },
);
const small = await safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value: 2 }).execute(), {
  logger,
});
const { value } = await db.kysely.selectFrom('counter').select('value').executeTakeFirstOrThrow();
const found = large.ok
  ? {}
  : {
      code: large.error.code,
      sqlState: large.error.sqlState,
      outcome: large.error.outcome,
      attempts: large.attempts,
    };
process.stdout.write(JSON.stringify({ ...found, runs, next: small.ok, value }));
await db.close().catch(() => {});
