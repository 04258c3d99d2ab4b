/** What a stranger's program does with the packed `@resilient/db`: 1,000 units at once, as many pages as a checkpoint moves. */
export const SQLITE_GROUPS: string = `
  import { mkdtempSync, rmSync, statSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import path from 'node:path';
  import { createDatabase, safeCommit } from '@resilient/db';
  import { sql } from 'kysely';

  const folder = mkdtempSync(path.join(tmpdir(), 'resilient-packed-'));
  const file = path.join(folder, 'packed.db');
  const warnings = [];
  const line = () => {};
  const logger = { debug: line, info: line, warn: (...all) => warnings.push(all), error: line, fatal: line, child: () => logger };
  const pages = () => Math.round(statSync(file + '-wal').size / 4_120);

  const db = await createDatabase({ url: 'sqlite:' + file, logger, witness: true });
  await sql\`create table note (id integer primary key, text text not null)\`.execute(db.kysely);
  const write = (id, text) =>
    safeCommit(db.kysely, async (trx) => {
      await trx.insertInto('note').values({ id, text }).execute();
      if (id % 10 === 0) throw new Error('changed my mind');
    }, { logger });
  const before = pages();
  const results = await Promise.all(Array.from({ length: 1_000 }, (_, id) => write(id, 'small')));
  const grouped = pages() - before;
  // A thousand pages and more, for which the thread is started.
  for (let id = 1_001; id <= 1_009; id += 1) await write(id, 'x'.repeat(1_000_000));
  await db.close();
  const again = await createDatabase({ url: 'sqlite:' + file, logger });
  const { rows } = await sql\`select count(*) as n from note\`.execute(again.kysely);
  await again.close();
  rmSync(folder, { recursive: true });
  console.log(JSON.stringify({
    committed: results.filter(({ ok }) => ok).length,
    attempts: Math.max(...results.map(({ attempts }) => attempts)),
    grouped,
    rows: rows[0].n,
    thread: warnings.filter(([, text]) => String(text).includes('thread')).length,
  }));
`;
