import { join } from 'node:path';
import { createDatabase } from '@resilient/db';
import { spawnNode } from '@resilient/testing';
import { expect, test } from 'vitest';
import { ALLOWED_MS, calmest } from './event-loop-delay.ts';
import { fourWriters } from './scenarios/writers.ts';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from './temporary-database.ts';

const child = (name: string): string => join(import.meta.dirname, 'children', `${name}.ts`);

test('4 processes of 10 writers with 20 units each lose no update, and none of them stands still', async () => {
  const { seen, counter, aboveFloorMs, report } = await calmest(() => fourWriters('increment'));
  expect(seen.flatMap(({ errors }) => errors)).toEqual([]);
  expect(seen.reduce((sum, { committed }) => sum + committed, 0)).toBe(800);
  expect(counter).toBe(800);
  // A native wait stands still for about a second here (935 to 1,148 ms).
  expect(aboveFloorMs, report).toBeLessThan(ALLOWED_MS);
}, 300_000);

test('8 processes that open and close the same file at once never see its locks', async () => {
  await using folder = await temporaryFile();
  const first = await createDatabase<Schema>({ url: folder.url });
  await createTables(first);
  await first.close();
  const processes = await Promise.all(
    Array.from({ length: 8 }, () => spawnNode(child('open-and-close'), { args: [folder.url, '40'] })),
  );
  for (const process of processes) process.send('go');
  const seen = await Promise.all(
    processes.map((process) => process.next<{ cycles: number; errors: string[] }>(60_000)),
  );
  expect(seen.flatMap(({ errors }) => errors)).toEqual([]);
  expect(seen.map(({ cycles }) => cycles)).toEqual(Array(8).fill(40));
  const last = await createDatabase<Schema>({ url: folder.url });
  expect(await counterOf(last)).toBe(8 * 40);
  await last.close();
}, 300_000);

test('a process killed inside a unit holds up nobody, and nothing of its unit is there', async () => {
  await using shared = await temporaryDatabase();
  await using victim = await spawnNode(child('hang-in-unit'), { args: [shared.url] });
  expect(await victim.next(60_000)).toBe('inside');
  const waiting = shared.db.kysely.updateTable('counter').set({ value: 7 }).where('id', '=', 1).execute();
  await victim.kill('SIGKILL');
  await waiting;
  expect(await counterOf(shared.db)).toBe(7);
  expect(await shared.db.kysely.selectFrom('log').selectAll().execute()).toEqual([]);
});
