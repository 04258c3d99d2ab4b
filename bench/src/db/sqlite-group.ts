import type { BenchResult } from '../interleave.ts';
import { race, ratioLine, stallLine } from './sqlite-contenders.ts';
import type { Synchronous } from './sqlite-files.ts';

const ROUNDS = 15;

/** How many units a second, by concurrent callers, are asked for as a multiple of the peer's; with what goal. */
const GOALS: Readonly<Record<Synchronous, Readonly<Record<number, { stock?: number; batches?: number }>>>> = {
  full: { 100: { stock: 20, batches: 0.4 }, 1000: { stock: 25 } },
  normal: { 100: { stock: 4, batches: 0.2 } },
};

const PEERS = {
  stock: 'stock Kysely, db.transaction()',
  batches: 'better-sqlite3, batches of 64 by hand',
} as const;

async function measure(synchronous: Synchronous, callers: number): Promise<BenchResult[]> {
  // in a round each works for some tenths of a second: fewer units of who is slower
  const many = Math.max(1_000, Math.min(5_000, callers * 50));
  const units = { ours: many, stock: Math.max(500, callers), batches: 5_000 };
  const finish = await race({ synchronous, callers, statement: 'insert', units, rounds: ROUNDS });
  const name = `SQLite commits, synchronous ${synchronous.toUpperCase()}`;
  const variant = `safeCommit, ${callers} at once`;
  const results = (['stock', 'batches'] as const).map((peer) => {
    const times = GOALS[synchronous][callers]?.[peer];
    const goal = times === undefined ? undefined : 1 / times;
    return ratioLine(finish, { name, variant, peer, peerName: PEERS[peer], goal });
  });
  return callers === 100 ? [...results, stallLine(finish, name, variant)] : results;
}

/** Commits of one row: what it costs to have the disk's answer for each, by how many wait at the same time. */
export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const synchronous of ['full', 'normal'] as const) {
    for (const callers of [1, 10, 100, 1_000]) results.push(...(await measure(synchronous, callers)));
  }
  return results;
}
