import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import Library from 'better-sqlite3';
import { expect, test } from 'vitest';
import { bank } from './scenarios/bank.ts';
import { temporaryDatabase } from './temporary-database.ts';

const SEED = 20_260;

test(`bank transfers in 4 processes, one of them killed now and then, seed ${SEED}`, async () => {
  const found = await bank({ processes: 4, ms: 2_000, seed: SEED });
  const { report, kills, codes } = found;
  expect(found.stderr).toBe('');
  expect(report.anomalies).toEqual([]);
  expect(found).toMatchObject({ integrity: 'ok', solvent: true });
  // Only what has been refused for its own sake.
  expect(Object.keys(codes).filter((code) => code !== 'ok' && code !== 'WORK_FAILED')).toEqual([]);
  expect(kills).toBeGreaterThan(1);
  expect(report.counts.acknowledged, JSON.stringify({ report, kills, codes })).toBeGreaterThan(100);
}, 240_000);

test('kill -9 between COMMIT and acknowledgement with 64 in the group: what was acknowledged is there', async () => {
  await using temporary = await temporaryDatabase();
  const { db, url, file } = temporary;
  const child = fork(join(import.meta.dirname, 'children', 'kill-in-group.ts'), [url, '5']);
  const acknowledged: number[] = [];
  child.on('message', (id) => acknowledged.push(id as number));
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  const rows = await db.kysely.selectFrom('log').select(['id', 'step']).execute();
  const present = new Set(rows.map(({ id }) => id));
  expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  // Committed together with the one whose acknowledgement killed the process.
  expect(rows.filter(({ step }) => step === 5).length).toBeGreaterThan(1);
  const handle = new Library(file, { readonly: true, timeout: 5_000 });
  expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
  handle.close();
});
