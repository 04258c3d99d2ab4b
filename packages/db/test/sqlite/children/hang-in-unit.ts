/** Writes inside a unit, and never comes to its end. */
import { createDatabase, safeCommit } from '@resilient/db';
import type { Schema } from '../temporary-database.ts';

const db = await createDatabase<Schema>({ url: process.argv[2] });
await safeCommit(db.kysely, async (trx) => {
  await trx.insertInto('log').values({ id: 1, worker: 'victim', step: 1 }).execute();
  await trx.updateTable('counter').set({ value: -1 }).where('id', '=', 1).execute();
  process.send?.('inside');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
