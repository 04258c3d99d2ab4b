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

/** The streak after something was done today, in days. */
export function streakAfter(before: { streak: number; last_day: string }, at: Date): number {
  const today = dayOf(at);
  if (before.last_day === today) return Math.max(1, before.streak);
  return before.last_day === dayOf(new Date(at.getTime() - DAY_MS)) ? before.streak + 1 : 1;
}

/** Adds experience within a unit of work, keeps the streak, and answers what is now. */
export async function addXp(
  trx: Transaction<School>,
  memberId: string,
  gained: number,
  at: Date,
): Promise<Progress> {
  const none = { xp: 0, streak: 0, last_day: '' };
  // The row is there before it is locked: two first answers at once would each start from nothing.
  await trx
    .insertInto('progress')
    .values({ member_id: memberId, ...none })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const before = await trx
    .selectFrom('progress')
    .select(['xp', 'streak', 'last_day'])
    .where('member_id', '=', memberId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const row = { xp: before.xp + gained, streak: streakAfter(before, at), last_day: dayOf(at) };
  await trx.updateTable('progress').set(row).where('member_id', '=', memberId).execute();
  return row;
}
