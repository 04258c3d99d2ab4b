import type { BenchResult } from '../interleave.ts';
import { race, ratioLine, stallLine } from './sqlite-contenders.ts';
import type { Synchronous } from './sqlite-files.ts';

const ROUNDS = 21;
/** Enough that the log is begun anew in the warm rounds. */
const UNITS: Readonly<Record<Synchronous, number>> = { full: 400, normal: 1_000 };

async function measure(synchronous: Synchronous): Promise<BenchResult[]> {
  const units = { ours: UNITS[synchronous], stock: UNITS[synchronous] };
  const finish = await race({ synchronous, callers: 1, statement: 'update', units, rounds: ROUNDS });
  const name = 'SQLite, one writer at a time';
  const variant = `safeCommit, ${synchronous.toUpperCase()}`;
  const peerName = 'stock Kysely, db.transaction()';
  return [
    ratioLine(finish, { name, variant, peer: 'stock', peerName, goal: 0.9 }),
    stallLine(finish, name, variant),
  ];
}

/** What a unit of one statement costs when nobody else writes. */
export async function run(): Promise<BenchResult[]> {
  return [...(await measure('full')), ...(await measure('normal'))];
}
