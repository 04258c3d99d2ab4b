/** 10 writers of one process, 20 read-modify-write units each, with a wait of 1 ms inside; tells what it saw. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit } from '@resilient/db';
import { idleDelay, watchLoop } from '../event-loop-delay.ts';
import type { Schema } from '../temporary-database.ts';

const [, , url, writers, units] = process.argv;
const db = await createDatabase<Schema>({ url, sqlitePreset: 'balanced' }); // what the disk takes is not measured
const idle = await idleDelay(200);

process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
const watch = watchLoop();
const waits: number[] = [];
let committed = 0;
const errors: string[] = [];
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    for (let unit = 0; unit < Number(units); unit += 1) {
      const startedAt = performance.now();
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
      waits.push(performance.now() - startedAt);
      if (saved.ok) committed += 1;
      else errors.push(`${saved.error.code}: ${saved.error.message}`);
    }
  }),
);
const busy = watch.stop();
await db.close();
process.send?.({ committed, errors, idle, busy, waits });
process.disconnect();
