/** Moves money between accounts, 16 units at a time; names each before it begins, and tells how it ended. */
import { createDatabase, safeCommit } from '@resilient/db';
import { createRandom } from '@resilient/testing';
import type { BankSchema } from '../scenarios/bank.ts';

const [, , url, name, seed] = process.argv;
const db = await createDatabase<BankSchema>({ url });
const random = createRandom(Number(seed));
const pick = (count: number): number => Math.floor(random() * count);
let number = 0;
let enough = false;
process.once('message', () => {
  enough = true;
});

/** Resolves when it has been handed to the system: it arrives although this process is killed right after. */
const tell = (message: unknown): Promise<unknown> =>
  new Promise((resolve) => void process.send?.(message, resolve));

async function transfer(): Promise<void> {
  const id = `${name}-${number}`;
  number += 1;
  const [from, to, amount] = [1 + pick(10), 1 + pick(10), 1 + pick(30)];
  await tell({ begun: id });
  const saved = await safeCommit(db.kysely, async (trx) => {
    await trx.insertInto('transfer').values({ id, amount }).execute();
    const { balance } = await trx
      .selectFrom('account')
      .select('balance')
      .where('id', '=', from)
      .executeTakeFirstOrThrow();
    if (balance < amount) throw new Error('not enough money');
    await trx
      .updateTable('account')
      .set({ balance: balance - amount })
      .where('id', '=', from)
      .execute();
    await trx
      .updateTable('account')
      .set((eb) => ({ balance: eb('balance', '+', amount) }))
      .where('id', '=', to)
      .execute();
  });
  const code = saved.ok ? 'ok' : saved.error.code;
  await tell({ ended: id, outcome: saved.ok ? 'acknowledged' : 'refused', code, attempts: saved.attempts });
}

await tell('ready');
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (!enough) await transfer();
  }),
);
await db.close();
process.disconnect();
