import { inspect } from 'node:util';
import { onResilienceEvent } from '@resilient/core';
import { safeCommit } from '@resilient/db';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { recordingLogger } from './recording-logger.ts';
import { type Schema, temporaryDatabase } from './temporary-database.ts';

const SECRET = 'tell-nobody-4711';

const rename = (trx: Kysely<Schema>) => trx.updateTable('student').set({ name: SECRET }).execute();

const works: [string, string, (trx: Kysely<Schema>) => Promise<unknown>][] = [
  [
    'a key that is there twice',
    'CONSTRAINT',
    (trx) =>
      trx
        .insertInto('student')
        .values([
          { id: 7, name: SECRET, xp: 0 },
          { id: 8, name: SECRET, xp: 0 },
        ])
        .execute(),
  ],
  ['a trigger that quotes the row', 'CONSTRAINT', rename],
  ['a text that is no SQL', 'REJECTED', (trx) => sql.raw(`select '${SECRET}' frm nowhere`).execute(trx)],
  ['an identifier that is none', 'REJECTED', (trx) => sql.raw(`select "${SECRET}".a from log`).execute(trx)],
  ['what work throws', 'WORK_FAILED', async () => Promise.reject(new Error(`about ${SECRET}`))],
  [
    'a statement that was not awaited',
    'WORK_FAILED',
    async (trx) => {
      void trx.insertInto('log').values({ id: 1, worker: SECRET, step: 1 }).execute();
    },
  ],
];

test.each(works)('%s: a secret in it is nowhere in what may be logged', async (_, code, work) => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  await sql`create trigger tells before update of name on student begin select raise(abort, 'is it ' || new.name || '?'); end`.execute(
    db.kysely,
  );
  const { logger, text } = recordingLogger();
  const events: unknown[] = [];
  const stop = onResilienceEvent((event) => events.push(event));
  const failed = await safeCommit(db.kysely, work, { logger });
  stop();
  if (failed.ok) throw new Error('it was committed');
  const { error } = failed;
  expect(error.code).toBe(code);
  const shown = [error.message, error.stack, JSON.stringify(error), inspect(error), inspect(failed)];
  expect(shown.join('\n')).not.toContain(SECRET);
  expect(text()).not.toBe('');
  expect(text()).not.toContain(SECRET);
  expect(JSON.stringify(events)).not.toContain(SECRET);
});
