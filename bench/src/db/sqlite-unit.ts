import { join } from 'node:path';
import { safeCommit } from '@resilient/db';
import { type BenchResult, type Contender, compare } from '../interleave.ts';
import { ourDatabase, type Synchronous, stockKysely, temporaryFolder } from './sqlite-files.ts';

/** Measured on the way: how long the event loop stood still at most, while units followed one another. */
async function longestStall(contender: Contender): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const beat = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(beat, 1);
  for (const end = performance.now() + 1_000; performance.now() < end; ) await contender.call();
  beat();
  clearInterval(timer);
  return longest;
}

async function measure(synchronous: Synchronous): Promise<BenchResult[]> {
  await using folder = await temporaryFolder();
  const ours = await ourDatabase(join(folder.path, 'ours.db'), synchronous);
  const stock = await stockKysely(join(folder.path, 'stock.db'), synchronous);
  let value = 0;
  const unit: Contender = {
    name: `safeCommit, ${synchronous.toUpperCase()}`,
    call: async () => {
      value += 1;
      const saved = await safeCommit(ours.kysely, (trx) =>
        trx.updateTable('counter').set({ value }).where('id', '=', 1).execute(),
      );
      if (!saved.ok) throw saved.error;
    },
  };
  const plain: Contender = {
    name: 'stock Kysely, db.transaction()',
    call: () => {
      value += 1;
      return stock
        .transaction()
        .execute((trx) => trx.updateTable('counter').set({ value }).where('id', '=', 1).execute());
    },
  };
  const name = 'SQLite, one writer at a time';
  const calls = synchronous === 'full' ? 200 : 1_000;
  const results = await compare({ name, ours: [unit], peers: [plain], goal: () => 0.9, rounds: 15, calls });
  const [mine, theirs] = [await longestStall(unit), await longestStall(plain)];
  results.push({
    name: `${name}: longest stall of the event loop in a second, ns`,
    variant: unit.name,
    nsPerCall: Math.round(mine * 1e6),
    ratioTo: `${plain.name} (${theirs.toFixed(0)} ms)`,
    ratio: mine / theirs,
    spread: [mine / theirs, mine / theirs],
    goal: undefined,
  });
  await ours.close();
  await stock.destroy();
  return results;
}

/** What a unit of one statement costs when nobody else writes. */
export async function run(): Promise<BenchResult[]> {
  return [...(await measure('full')), ...(await measure('normal'))];
}
