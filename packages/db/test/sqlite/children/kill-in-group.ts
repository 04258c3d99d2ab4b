/** 64 units at once, again and again; the process kills itself when the first acknowledgement of a later round comes. */
import { createDatabase, safeCommit } from '@resilient/db';
import type { Schema } from '../temporary-database.ts';

const [, , url, rounds] = process.argv;
const db = await createDatabase<Schema>({ url });
for (let round = 0; round <= Number(rounds); round += 1) {
  await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      const id = round * 64 + index + 1;
      const saved = await safeCommit(db.kysely, (trx) =>
        trx.insertInto('log').values({ id, worker: 'w', step: round }).execute(),
      );
      if (!saved.ok) throw saved.error;
      // Between the COMMIT of the last round and the acknowledgement of the others in it.
      if (round === Number(rounds)) process.kill(process.pid, 'SIGKILL');
      process.send?.(id);
    }),
  );
}
