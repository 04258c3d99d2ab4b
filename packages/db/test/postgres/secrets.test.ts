import { inspect } from 'node:util';
import { onResilienceEvent } from '@resilient/core';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Transaction } from '../../src/kysely.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type Schema } from './database.ts';

const SECRET = 'tell-nobody-4711';

const works: [string, string, (trx: Transaction<Schema>) => Promise<unknown>][] = [
  ['22P02', 'REJECTED', (trx) => sql`select ${SECRET}::int`.execute(trx)],
  [
    '23505',
    'CONSTRAINT',
    async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: SECRET } as never)
        .execute();
      await trx
        .insertInto('note')
        .values({ text: SECRET } as never)
        .execute();
    },
  ],
  ['none', 'WORK_FAILED', async () => Promise.reject(new Error(`about ${SECRET}`))],
];

test.each(works)('%s with a secret as value is nowhere in what may be logged', async (state, code, work) => {
  await using database = await openTestDatabase();
  const events: unknown[] = [];
  const stop = onResilienceEvent((event) => events.push(event));
  const failed = await safeCommit(database.kysely, work, {
    logger: database.log,
    retryOn: [state],
    maxRetries: 1,
  });
  stop();
  if (failed.ok) throw new Error('it was committed');
  const { error } = failed;
  expect(error.code).toBe(state === 'none' ? code : 'RETRIES_EXHAUSTED');
  const shown = [
    error.message,
    error.stack,
    JSON.stringify(error),
    inspect(error),
    inspect(failed),
    JSON.stringify(error.attempts),
  ];
  expect(shown.join('\n')).not.toContain(SECRET);
  expect(database.log.lines.join('\n')).not.toContain(SECRET);
  expect(JSON.stringify(events)).not.toContain(SECRET);
  expect(database.log.lines.length).toBeGreaterThan(0);
});
