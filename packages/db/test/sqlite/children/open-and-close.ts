/** Opens the database, adds 1 to the counter, reads, and closes, again and again. */
import { createDatabase } from '@resilient/db';
import { sql } from 'kysely';
import type { Schema } from '../temporary-database.ts';

const [, , url, cycles] = process.argv;
await new Promise((resolve) => process.once('message', resolve));
const errors: string[] = [];
let done = 0;
for (let cycle = 0; cycle < Number(cycles); cycle += 1) {
  try {
    const db = await createDatabase<Schema>({ url });
    await db.kysely.updateTable('counter').set({ value: sql`value + 1` }).where('id', '=', 1).execute();
    await db.kysely.selectFrom('counter').selectAll().execute();
    await db.close();
    done += 1;
  } catch (error) {
    errors.push(`${(error as { code?: string }).code}: ${(error as Error).message}`);
  }
}
process.send?.({ cycles: done, errors });
process.disconnect();
