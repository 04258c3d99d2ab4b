/** Moves money between accounts, many units at a time, and says after each which were acknowledged or refused. */
import { createDatabase, safeCommit } from '@resilient/db';
import { createRandom } from '@resilient/testing';
import type { Schema } from '../temporary-database.ts';

const [, , url, base, seed, milliseconds] = process.argv;
const db = await createDatabase<Schema>({ url });
const random = createRandom(Number(seed));
const end = performance.now() + Number(milliseconds);
let next = Number(base);

async function transfer(): Promise<void> {
  const id = next;
  next += 1;
  const from = 1 + Math.floor(random() * 10);
  const to = 1 + Math.floor(random() * 10);
  const amount = 1 + Math.floor(random() * 30);
  const saved = await safeCommit(db.kysely, async (trx) => {
    await trx.insertInto('log').values({ id, worker: 'transfer', step: amount }).execute();
    const { value } = await trx
      .selectFrom('counter')
      .select('value')
      .where('id', '=', from)
      .executeTakeFirstOrThrow();
    if (value < amount) throw new Error('not enough money');
    await trx
      .updateTable('counter')
      .set((eb) => ({ value: eb('value', '-', amount) }))
      .where('id', '=', from)
      .execute();
    await trx
      .updateTable('counter')
      .set((eb) => ({ value: eb('value', '+', amount) }))
      .where('id', '=', to)
      .execute();
  });
  process.send?.([id, saved.ok]);
}

process.send?.('ready');
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (performance.now() < end) await transfer();
  }),
);
await db.close();
process.send?.('done', () => process.exit(0));
