/** 10 writers of one process, 20 read-modify-write units each, with a wait of 1 ms inside; tells what it saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit } from '@resilient/db';
import type { Schema } from '../temporary-database.ts';

const [, , url, writers, units] = process.argv;
const db = await createDatabase<Schema>({ url });
let longest = 0;
let last = performance.now();
const beat = setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}, 1);
const idleLongest = await sleep(200).then(() => longest);

process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
longest = 0;
last = performance.now();
let committed = 0;
const errors: string[] = [];
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    for (let unit = 0; unit < Number(units); unit += 1) {
      const saved = await safeCommit(db.kysely, async (trx) => {
        const { value } = await trx
          .selectFrom('counter')
          .select('value')
          .where('id', '=', 1)
          .executeTakeFirstOrThrow();
        await sleep(1);
        await trx
          .updateTable('counter')
          .set({ value: value + 1 })
          .where('id', '=', 1)
          .execute();
      });
      if (saved.ok) committed += 1;
      else errors.push(`${saved.error.code}: ${saved.error.message}`);
    }
  }),
);
clearInterval(beat);
await db.close();
process.send?.({ committed, errors, idleLongest, longest });
process.disconnect();
