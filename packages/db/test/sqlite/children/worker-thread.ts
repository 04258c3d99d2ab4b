/** A worker thread that opens the database for itself, and adds 1 as often as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { createDatabase, safeCommit } from '@resilient/db';
import type { Schema } from '../temporary-database.ts';

const { url, units } = workerData as { readonly url: string; readonly units: number };
const db = await createDatabase<Schema>({ url });
parentPort?.postMessage('ready');
await new Promise((resolve) => parentPort?.once('message', resolve));
const results = await Promise.all(
  Array.from({ length: units }, () =>
    safeCommit(db.kysely, async (trx) => {
      const { value } = await trx
        .selectFrom('counter')
        .select('value')
        .where('id', '=', 1)
        .executeTakeFirstOrThrow();
      await new Promise((resolve) => setTimeout(resolve, 1));
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .where('id', '=', 1)
        .execute();
    }),
  ),
);
await db.close();
parentPort?.postMessage(results.filter(({ ok }) => ok).length);
