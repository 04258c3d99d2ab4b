import { setTimeout as sleep } from 'node:timers/promises';
import { safeCommit } from '@resilient/db';
import { queuedMs } from '../event-loop-delay.ts';
import { temporaryDatabase } from '../temporary-database.ts';

/** What was seen of 63 fast units and one that sleeps. */
export interface OneSleeper {
  readonly ok: number;
  /** Attempts that were counted, without repeats. */
  readonly attempts: readonly number[];
  /** How often the sleeper was begun. */
  readonly sleeps: number;
  /**
   * When the last of those who were issued before it was acknowledged, in milliseconds, without the time that other
   * processes had the core.
   */
  readonly beforeMs: number;
  /** The same of all 63. */
  readonly allMs: number;
  /** The same by the wall clock. */
  readonly allWallMs: number;
  readonly rows: number;
}

/** 64 units at once, of which the one at `position` sleeps for a second; the others insert a row each. */
export async function oneSleeper(
  position: number,
  sqlitePreset: 'durable' | 'balanced',
): Promise<OneSleeper> {
  await using temporary = await temporaryDatabase({ sqlitePreset });
  const { db } = temporary;
  const insert = (id: number, then: () => Promise<void>) =>
    safeCommit(db.kysely, async (trx) => {
      await trx.insertInto('log').values({ id, worker: 'w', step: id }).execute();
      await then();
    });
  // Statements are prepared, and compiled by V8, when they are first used.
  for (let id = 1_000; id < 1_200; id += 1) await insert(id, async () => {});
  await db.kysely.deleteFrom('log').execute();
  let sleeps = 0;
  const nap = async (): Promise<void> => {
    sleeps += 1;
    await sleep(1_000);
  };
  const [startedAt, queuedAt] = [performance.now(), queuedMs()];
  const tookMs: number[] = [];
  const wallMs: number[] = [];
  const results = await Promise.all(
    Array.from({ length: 64 }, async (_, index) => {
      const result = await insert(index, index === position ? nap : async () => {});
      wallMs[index] = performance.now() - startedAt;
      tookMs[index] = wallMs[index] - (queuedMs() - queuedAt);
      return result;
    }),
  );
  const rows = await db.kysely.selectFrom('log').selectAll().execute();
  return {
    ok: results.filter(({ ok }) => ok).length,
    attempts: [...new Set(results.map(({ attempts }) => attempts))],
    sleeps,
    beforeMs: Math.max(...tookMs.slice(0, position)),
    allMs: Math.max(...tookMs.filter((_, index) => index !== position)),
    allWallMs: Math.max(...wallMs.filter((_, index) => index !== position)),
    rows: rows.length,
  };
}
