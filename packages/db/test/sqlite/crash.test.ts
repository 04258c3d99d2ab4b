import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@resilient/testing';
import Library from 'better-sqlite3';
import { expect, test } from 'vitest';
import { counterOf, temporaryDatabase } from './temporary-database.ts';

const CHILD = join(import.meta.dirname, 'children', 'bank.ts');
const PROCESSES = 4;
const RUN_MS = 3_000;
const SEED = 20_260;

/** One process, and what it was told of each transfer before it ended or was killed. */
interface Teller {
  readonly told: Map<number, boolean>;
  readonly ended: Promise<unknown>;
  kill(): void;
}

function startTeller(
  url: string,
  base: number,
  seed: number,
  ms: number,
): Teller & { ready: Promise<unknown> } {
  const child = fork(CHILD, [url, String(base), String(seed), String(ms)]);
  const told = new Map<number, boolean>();
  child.on('message', (message) => {
    if (Array.isArray(message)) told.set(message[0] as number, message[1] as boolean);
  });
  return {
    told,
    ready: once(child, 'message'),
    ended: once(child, 'exit'),
    kill: () => child.kill('SIGKILL'),
  };
}

test(`bank transfers in ${PROCESSES} processes, one of them killed now and then, seed ${SEED}`, async () => {
  await using temporary = await temporaryDatabase();
  const { db, url, file } = temporary;
  await db.kysely.updateTable('counter').set({ value: 1_000 }).execute();
  for (let id = 2; id <= 10; id += 1)
    await db.kysely.insertInto('counter').values({ id, value: 1_000 }).execute();
  const random = createRandom(SEED);
  const tellers: Teller[] = [];
  const hire = async (ms: number): Promise<Teller> => {
    const number = tellers.length;
    const teller = startTeller(url, 1_000_000 * (number + 1), SEED + number, ms);
    tellers.push(teller);
    await teller.ready;
    return teller;
  };
  const working = await Promise.all(Array.from({ length: PROCESSES }, () => hire(RUN_MS)));
  let kills = 0;
  for (const end = performance.now() + RUN_MS - 800; performance.now() < end; ) {
    await sleep(150 + random() * 300);
    const at = Math.floor(random() * PROCESSES);
    (working[at] as Teller).kill();
    await (working[at] as Teller).ended;
    kills += 1;
    working[at] = await hire(Math.max(200, end - performance.now()));
  }
  await Promise.all(tellers.map(({ ended }) => ended));
  const handle = new Library(file, { readonly: true, timeout: 5_000 });
  expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(handle.prepare('select sum(value) as sum, min(value) >= 0 as solvent from counter').get()).toEqual({
    sum: 10_000,
    solvent: 1,
  });
  const present = new Set(
    (handle.prepare("select id from log where worker = 'transfer'").all() as { id: number }[]).map(
      ({ id }) => id,
    ),
  );
  handle.close();
  const told = tellers.flatMap((teller) => [...teller.told]);
  const lost = told.filter(([id, ok]) => ok && !present.has(id));
  const unwanted = told.filter(([id, ok]) => !ok && present.has(id));
  const report = `${told.length} transfers told of, ${present.size} present, ${kills} kills: ${lost.length} acknowledged lost, ${unwanted.length} refused present\n`;
  process.stdout.write(report);
  expect(lost).toEqual([]);
  expect(unwanted).toEqual([]);
  expect(kills).toBeGreaterThan(0);
  expect(told.length).toBeGreaterThan(100);
  expect(await counterOf(db)).toBeGreaterThanOrEqual(0);
}, 60_000);

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
