import { expect, test } from 'vitest';
import { bank } from './faults/bank.ts';
import { cancels } from './faults/cancels.ts';
import { crashWithReuse, FORGETFUL } from './faults/crash-with-reuse.ts';
import { cutCommits } from './faults/cut-commits.ts';
import { writeEvidence } from './faults/evidence.ts';
import { listAppend } from './faults/list-append.ts';
import { openOwnDatabase } from './faults/own-database.ts';

const MINUTES = 60_000;

test.each([
  ['our Kysely', 'kysely', 'db-cut-commits'],
  ['a bare pg.Pool', 'pg.Pool', 'db-cut-commits-pool'],
] as const)(
  'on %s, 500 units cut right after COMMIT and 500 right before: once each, none unknown',
  { timeout: 5 * MINUTES },
  async (_, target, evidence) => {
    await using database = await openOwnDatabase({ target });
    const after = await cutCommits(database, 500, 'after');
    const before = await cutCommits(database, 500, 'before');
    writeEvidence(evidence, 0, { target, after, before });
    for (const found of [after, before]) {
      expect(found.report).toEqual({
        ok: true,
        anomalies: [],
        counts: { acknowledged: 500, refused: 0, unknown: 0 },
      });
      expect([found.cuts, found.counted]).toEqual([500, 500]);
    }
  },
);

test('20 crashes with numbers handed out again, with a witness and without', {
  timeout: 5 * MINUTES,
}, async () => {
  await using database = await openOwnDatabase({ witness: true, settings: FORGETFUL });
  const without = await crashWithReuse(database, 10, false);
  const witness = await crashWithReuse(database, 10, true);
  writeEvidence('db-crash-with-reuse', 0, { without, witness });
  expect(without.report.anomalies).toEqual([]);
  expect(witness.report).toMatchObject({ ok: true, counts: { acknowledged: 60, unknown: 0 } });
  expect(without.reused).toBeGreaterThan(10);
});

test('bank: 8 workers for 30 s', { timeout: 3 * MINUTES }, async () => {
  await using database = await openOwnDatabase({ witness: true });
  const seed = 20_261_122;
  const found = await bank(database, { workers: 8, ms: 30_000, restartEveryMs: 5_000, seed });
  writeEvidence('db-bank', seed, { ...found });
  expect(found.report.anomalies).toEqual([]);
  expect(found.report.counts.unknown).toBe(0);
});

test('list-append: 8 workers for 15 s at each level', { timeout: 3 * MINUTES }, async () => {
  await using database = await openOwnDatabase();
  const seed = 20_261_123;
  const how = { workers: 8, ms: 15_000, seed };
  const serializable = await listAppend(database, { ...how, isolation: 'serializable' });
  const readCommitted = await listAppend(database, { ...how, isolation: 'read committed' });
  writeEvidence('db-list-append', seed, { serializable, readCommitted });
  expect(serializable.report.anomalies).toEqual([]);
  expect(readCommitted.report.anomalies).toEqual([]);
});

test.each([
  ['our Kysely', 'kysely', 'db-cancels'],
  ['a bare pg.Pool', 'pg.Pool', 'db-cancels-pool'],
] as const)(
  'on %s, 3,000 units canceled at random: no row of one that failed',
  { timeout: 3 * MINUTES },
  async (_, target, evidence) => {
    await using database = await openOwnDatabase({ target });
    const seed = 20_261_124;
    const found = await cancels(database, 3_000, seed);
    writeEvidence(evidence, seed, { target, ...found });
    expect(found.report.anomalies).toEqual([]);
    expect(found.report.counts.unknown).toBe(0);
  },
);
