import { systemClock } from '@resilient/core';
import { safeCommit } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { counterOf, temporaryDatabase } from './temporary-database.ts';

const EIGHT_HOURS_MS = 8 * 3_600_000;

for (const [way, jumpMs] of [
  ['on', EIGHT_HOURS_MS],
  ['back', -EIGHT_HOURS_MS],
] as const) {
  test(`a wall clock that jumps 8 h ${way} neither ends a wait for the lock nor prolongs it`, async () => {
    let skewMs = 0;
    const clock = { ...systemClock, epochNow: () => systemClock.epochNow() + skewMs };
    await using temporary = await temporaryDatabase({ clock, busyTimeoutMs: 10_000, witness: true });
    const { db, file } = temporary;
    await using lock = await holdSqliteLock(file);
    const startedAt = performance.now();
    const add = (options = {}) =>
      safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value: 1 }).execute(), options);
    const [patient, impatient] = [add(), add({ timeoutMs: 300 })];
    await systemClock.sleep(100);
    skewMs = jumpMs;
    expect(await impatient).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/TIMEOUT|POOL/) },
    });
    expect(performance.now() - startedAt).toBeGreaterThan(250);
    // Whoever measured the wait by the wall clock would tell of 8 h.
    const { reason = 'for 0 ms' } = await db.check();
    expect(Number(/for (\d+) ms/.exec(reason)?.[1])).toBeLessThan(60_000);
    await lock.release();
    expect(await patient).toMatchObject({ ok: true, attempts: 1 });
    expect(await add()).toMatchObject({ ok: true, attempts: 1 });
    expect(await counterOf(db)).toBe(1);
  });
}
