import { safeCommit } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { idleDelay, type LoopDelay, loopDelayDuring } from '../event-loop-delay.ts';
import { counterOf, temporaryDatabase } from '../temporary-database.ts';

/** How long the lock is held, and how safe a COMMIT is to be: what the disk takes for it stands still as well. */
export interface BehindALockOptions {
  readonly lockMs: number;
  readonly sqlitePreset: 'durable' | 'balanced';
}

/** What was seen. */
export interface BehindALock {
  readonly committed: number;
  readonly counter: number;
  readonly attempts: readonly number[];
  readonly waitedMs: number;
  readonly floor: LoopDelay;
  readonly delay: LoopDelay;
  readonly aboveFloorMs: number;
}

/** 100 units that read, add 1 and write, while another process holds the lock. */
export async function behindALock({ lockMs, sqlitePreset }: BehindALockOptions): Promise<BehindALock> {
  await using temporary = await temporaryDatabase({ sqlitePreset });
  const { db, file } = temporary;
  const add = () =>
    safeCommit(db.kysely, async (trx) => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute();
    });
  const before = await idleDelay();
  await using lock = await holdSqliteLock(file, lockMs);
  const startedAt = performance.now();
  let results: Awaited<ReturnType<typeof add>>[] = [];
  const delay = await loopDelayDuring(async () => {
    results = await Promise.all(Array.from({ length: 100 }, add));
  });
  const waitedMs = performance.now() - startedAt;
  await lock.released;
  const after = await idleDelay();
  // The smaller one: a floor that is high by chance would hide everything.
  const floor = before.stoodMs < after.stoodMs ? before : after;
  return {
    committed: results.filter(({ ok }) => ok).length,
    counter: await counterOf(db),
    attempts: [...new Set(results.map(({ attempts }) => attempts))],
    waitedMs,
    floor,
    delay,
    aboveFloorMs: delay.stoodMs - floor.stoodMs,
  };
}
