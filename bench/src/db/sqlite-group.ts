import { join } from 'node:path';
import { safeCommit } from '@resilient/db';
import type { Kysely } from 'kysely';
import type { BenchResult } from '../interleave.ts';
import {
  ourDatabase,
  plainHandle,
  type Schema,
  type Synchronous,
  stockKysely,
  temporaryFolder,
} from './sqlite-files.ts';

const ROUNDS = 7;
const BATCH = 64;
const TEXT = 'x'.repeat(60);

/** How many units a second, by concurrent callers, are asked for as a multiple of the peer's; with what goal. */
const GOALS: Readonly<Record<Synchronous, Readonly<Record<number, { stock?: number; batches?: number }>>>> = {
  full: { 100: { stock: 20, batches: 0.4 }, 1000: { stock: 25 } },
  normal: { 100: { stock: 4, batches: 0.2 } },
};

/** Does `units` units of one row, and tells the nanoseconds for each. */
type Runner = (units: number) => Promise<number>;

const median = (values: readonly number[]): number => quantile(values, 0.5);

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] as number;
}

async function timed(units: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - startedAt) / units;
}

/** `callers` callers, each of which begins its next unit when its last one is committed. */
function concurrently(callers: number, unit: (worker: number) => Promise<unknown>): Runner {
  return (units) => {
    let left = units;
    const caller = async (_: unknown, worker: number): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        await unit(worker);
      }
    };
    return timed(units, () => Promise.all(Array.from({ length: callers }, caller)));
  };
}

const insertInto = (kysely: Pick<Kysely<Schema>, 'insertInto'>, worker: number): Promise<unknown> =>
  kysely.insertInto('entry').values({ id: null, worker, text: TEXT }).execute();

async function measure(synchronous: Synchronous, callers: number): Promise<BenchResult[]> {
  await using folder = await temporaryFolder();
  const ours = await ourDatabase(join(folder.path, 'ours.db'), synchronous);
  const stock = await stockKysely(join(folder.path, 'stock.db'), synchronous);
  const handle = plainHandle(join(folder.path, 'batches.db'), synchronous);
  handle.exec('create table entry (id integer primary key, worker integer, text text)');
  const insert = handle.prepare('insert into entry (worker, text) values (?, ?)');
  const batch = handle.transaction((rows: number) => {
    for (let row = 0; row < rows; row += 1) insert.run(row, TEXT);
  });
  const runners: Readonly<Record<string, Runner>> = {
    ours: concurrently(callers, async (worker) => {
      const saved = await safeCommit(ours.kysely, (trx) => insertInto(trx, worker));
      if (!saved.ok) throw saved.error;
    }),
    stock: concurrently(callers, (worker) => stock.transaction().execute((trx) => insertInto(trx, worker))),
    batches: (units) =>
      timed(units, async () => {
        for (let done = 0; done < units; done += BATCH) batch(Math.min(BATCH, units - done));
      }),
  };
  const names = Object.keys(runners);
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  const units = Math.max(1_000, callers * 3);
  for (let turn = -1; turn < ROUNDS; turn += 1) {
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(turn + 1 + step) % names.length] as string;
      const ns = await (runners[name] as Runner)(units);
      if (turn >= 0) times[name]?.push(ns);
    }
  }
  await ours.close();
  await stock.destroy();
  handle.close();
  const mine = times.ours as number[];
  const against = {
    stock: 'stock Kysely, db.transaction()',
    batches: `better-sqlite3, batches of ${BATCH} by hand`,
  };
  return (['stock', 'batches'] as const).map((peer) => {
    const ratios = mine.map((ns, turn) => ns / ((times[peer] as number[])[turn] as number));
    const times_ = GOALS[synchronous][callers]?.[peer];
    return {
      name: `SQLite commits, synchronous ${synchronous.toUpperCase()}`,
      variant: `safeCommit, ${callers} at once (${Math.round(1e9 / median(mine)).toLocaleString('en')} per second)`,
      nsPerCall: Math.round(median(mine)),
      ratioTo: `${against[peer]} (${Math.round(1e9 / median(times[peer] as number[])).toLocaleString('en')} per second)`,
      ratio: median(ratios),
      spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      goal: times_ === undefined ? undefined : 1 / times_,
    };
  });
}

/** Commits of one row: what it costs to have the disk's answer for each, by how many wait at the same time. */
export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const synchronous of ['full', 'normal'] as const) {
    for (const callers of [1, 10, 100, 1_000]) results.push(...(await measure(synchronous, callers)));
  }
  return results;
}
