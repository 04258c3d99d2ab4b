import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@resilient/core';
import { safeCommit } from '@resilient/db';
import { expect, test } from 'vitest';
import { recordingLogger } from './recording-logger.ts';
import { temporaryDatabase } from './temporary-database.ts';

test('a unit that holds the writer over a slow await is warned about, with the stack of what came next', async () => {
  const { logger, text } = recordingLogger();
  await using temporary = await temporaryDatabase({ logger });
  const { db } = temporary;
  await safeCommit(db.kysely, async function slowUnit(trx) {
    await trx.updateTable('counter').set({ value: 1 }).execute();
    await sleep(80);
    await trx.updateTable('counter').set({ value: 2 }).execute();
  });
  expect(text()).toContain('held the only writer');
  expect(text()).toContain('slowUnit');
});

test('fast units, and slow ones that only read, are not', async () => {
  const { logger, text } = recordingLogger();
  // Time passes where the test says so, and not where the machine has others to serve.
  let passedMs = 0;
  const clock = { ...systemClock, now: () => passedMs };
  await using temporary = await temporaryDatabase({ logger, clock });
  const { db } = temporary;
  for (let value = 0; value < 5; value += 1)
    await safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value }).execute());
  passedMs += 80;
  const read = async (): Promise<void> => {
    await sleep(1);
    passedMs += 80;
    await sleep(1);
  };
  await safeCommit(db.kysely, read, { readOnly: true });
  expect(text()).not.toContain('held the only writer');
});
