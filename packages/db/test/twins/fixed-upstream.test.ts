import { safeCommit } from '@resilient/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { add, byOurs, openTwins } from './stock.ts';

test('phantom commit: an error that work swallowed is no success', async () => {
  await using twins = await openTwins();
  for (const target of [twins.ours, twins.stock]) {
    const committed = await byOurs(target, async (trx) => {
      await add(trx, 'before');
      await sql`select 1/0`.execute(trx).catch(() => undefined);
    });
    expect(committed).toBe(false);
  }
  expect(await twins.notes()).toEqual([]);
});

test('poisoned client: what a unit that was cut left open is not committed by the next one', async () => {
  await using twins = await openTwins({ max: 1 });
  for (const [n, target] of [twins.ours, twins.stock].entries()) {
    const cut = await safeCommit(
      target,
      async (trx) => {
        await add(trx, `poison ${n}`);
        await sql`select pg_sleep(20)`.execute(trx);
      },
      { timeoutMs: 1_500 },
    );
    expect(cut).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    expect(await byOurs(target, (trx) => add(trx, `next ${n}`))).toBe(true);
  }
  expect(await twins.notes()).toEqual(['next 0', 'next 1']);
});
