import { setTimeout as sleep } from 'node:timers/promises';
import { safeCommit } from '@resilient/db';
import { createRandom } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryDatabase } from './temporary-database.ts';

const UNITS = 250;

/** Of a unit, what it does beside its row: nothing, most of the time. */
type Kind = 'fast' | 'turns' | 'sleeps' | 'throws' | 'ends' | 'waits' | 'late';

const kindOf = (chance: number): Kind => {
  if (chance < 0.7) return 'fast';
  const rare: Kind[] = ['turns', 'sleeps', 'throws', 'ends', 'waits', 'late'];
  return rare[Math.floor(((chance - 0.7) / 0.3) * rare.length)] as Kind;
};

test.each([1, 2, 3, 4])(
  'units that turn, sleep, throw, end the transaction or wait for others, at once: each is applied once or not at all, seed %i',
  async (seed) => {
    await using temporary = await temporaryDatabase({ sqlitePreset: 'balanced' });
    const { db } = temporary;
    await sql`create table done (id integer not null)`.execute(db.kysely);
    await sql`create trigger ends before insert on student when new.xp = 13 begin select raise(rollback, 'no'); end`.execute(
      db.kysely,
    );
    const random = createRandom(seed);
    const kinds = Array.from({ length: UNITS }, () => kindOf(random()));
    const units: Promise<{ ok: boolean; attempts: number }>[] = [];
    const unit = (id: number, kind: Kind) =>
      safeCommit(db.kysely, async (trx) => {
        await sql`insert into done values (${id})`.execute(trx);
        if (kind === 'turns') await new Promise((resolve) => setImmediate(resolve));
        if (kind === 'sleeps') await sleep(5);
        if (kind === 'waits') await units[id - 1];
        if (kind === 'late') {
          await sleep(2);
          await sql`update counter set value = value + 1`.execute(trx);
        }
        if (kind === 'throws') throw new Error('changed my mind');
        if (kind === 'ends')
          await trx
            .insertInto('student')
            .values({ id, name: `${id}`, xp: 13 })
            .execute();
      });
    for (const [id, kind] of kinds.entries()) {
      units[id] = unit(id, kind);
      if (random() < 0.02) await sleep(1);
    }
    const results = await Promise.all(units);
    const wanted = kinds.map((kind) => kind !== 'throws' && kind !== 'ends');
    expect(results.map(({ ok }) => ok)).toEqual(wanted);
    expect(results.every(({ attempts }) => attempts === 1)).toBe(true);
    const { rows } = await sql<{ id: number }>`select id from done order by id`.execute(db.kysely);
    expect(rows.map(({ id }) => id)).toEqual([...kinds.keys()].filter((id) => wanted[id]));
    const late = kinds.filter((kind) => kind === 'late').length;
    const [counter] = await db.kysely.selectFrom('counter').select('value').execute();
    expect(counter?.value).toBe(late);
    expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  },
);
