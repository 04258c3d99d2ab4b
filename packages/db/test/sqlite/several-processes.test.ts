import { join } from 'node:path';
import { createDatabase } from '@resilient/db';
import { spawnNode } from '@resilient/testing';
import { expect, test } from 'vitest';
import type { LoopDelay } from './event-loop-delay.ts';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from './temporary-database.ts';

const child = (name: string): string => join(import.meta.dirname, 'children', `${name}.ts`);

interface Seen {
  readonly committed: number;
  readonly errors: readonly string[];
  readonly idle: LoopDelay;
  readonly busy: LoopDelay;
}

test('4 processes of 10 writers with 20 units each lose no update, and none of them stands still', async () => {
  await using shared = await temporaryDatabase();
  const processes = await Promise.all(
    Array.from({ length: 4 }, () => spawnNode(child('increment'), { args: [shared.url, '10', '20'] })),
  );
  for (const process of processes) expect(await process.next(30_000)).toBe('ready');
  const startedAt = performance.now();
  for (const process of processes) process.send('go');
  const seen = await Promise.all(processes.map((process) => process.next<Seen>(60_000)));
  const ms = Math.round(performance.now() - startedAt);
  const stalls = seen.map(({ busy, idle }) => `${busy.seen}, idle ${idle.seen}`);
  const report = `${ms} ms; ${stalls.join('; ')}`;
  expect(seen.flatMap(({ errors }) => errors)).toEqual([]);
  expect(seen.reduce((sum, { committed }) => sum + committed, 0)).toBe(800);
  expect(await counterOf(shared.db)).toBe(800);
  // A native wait stands still for about a second here (935 to 1,148 ms).
  for (const { busy, idle } of seen) expect(busy.stoodMs - idle.stoodMs, report).toBeLessThan(3 * 25);
}, 90_000);

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
}, 90_000);

test('a process killed inside a unit holds up nobody, and nothing of its unit is there', async () => {
  await using shared = await temporaryDatabase();
  await using victim = await spawnNode(child('hang-in-unit'), { args: [shared.url] });
  expect(await victim.next()).toBe('inside');
  const waiting = shared.db.kysely.updateTable('counter').set({ value: 7 }).where('id', '=', 1).execute();
  await victim.kill('SIGKILL');
  await waiting;
  expect(await counterOf(shared.db)).toBe(7);
  expect(await shared.db.kysely.selectFrom('log').selectAll().execute()).toEqual([]);
});
