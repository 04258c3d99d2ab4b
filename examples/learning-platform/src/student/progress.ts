import type { Transaction } from 'kysely';
import type { School, SchoolDatabase } from '../database/schema.ts';

/** How far a student is. */
export interface Progress {
  readonly xp: number;
  /** Days in a row with at least one answer or game. */
  readonly streak: number;
}

const DAY_MS = 86_400_000;
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The level that so much experience is worth: one for each 100 XP. */
export function levelOf(xp: number): number {
  return Math.floor(xp / 100) + 1;
}

/** Where a student stands; nothing yet is 0. */
export async function progressOf(db: SchoolDatabase, memberId: string): Promise<Progress> {
  const row = await db.kysely
    .selectFrom('progress')
    .select(['xp', 'streak'])
    .where('member_id', '=', memberId)
    .executeTakeFirst();
  return row ?? { xp: 0, streak: 0 };
}

/** Adds experience within a unit of work, keeps the streak, and answers what is now. */
export async function addXp(
  trx: Transaction<School>,
  memberId: string,
  gained: number,
  at: Date,
): Promise<Progress> {
  const today = dayOf(at);
  const yesterday = dayOf(new Date(at.getTime() - DAY_MS));
  const before = await trx
    .selectFrom('progress')
    .selectAll()
    .where('member_id', '=', memberId)
    .forUpdate()
    .executeTakeFirst();
  const lastDay = before?.last_day;
  const streak =
    lastDay === today ? (before?.streak ?? 1) : lastDay === yesterday ? (before?.streak ?? 0) + 1 : 1;
  const row = { xp: (before?.xp ?? 0) + gained, streak, last_day: today };
  await trx
    .insertInto('progress')
    .values({ member_id: memberId, ...row })
    .onConflict((conflict) => conflict.column('member_id').doUpdateSet(row))
    .execute();
  return row;
}
