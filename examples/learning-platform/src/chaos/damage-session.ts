import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { SchoolDatabase } from '../database/schema.ts';

/** What can be done to a session's row: wrong values in its keys, or half of its text cut off. */
export type Damage = 'keys' | 'truncated';

/** Damages the stored row of one session, as a bug or a crash would. */
export async function damageSession(db: SchoolDatabase, sessionId: string, damage: Damage): Promise<void> {
  const id = createHash('sha256').update(sessionId).digest('hex');
  const rows = await sql<{ data: string }>`select data from session where id = ${id}`.execute(db.kysely);
  const data = rows.rows[0]?.data;
  if (data === undefined) return;
  const damaged =
    damage === 'truncated'
      ? data.slice(0, Math.floor(data.length / 2))
      : JSON.stringify({
          ...(JSON.parse(data) as object),
          xp: 'lots',
          cart: 'none',
          theme: 7,
          cookie: 'gone',
        });
  await sql`update session set data = ${damaged} where id = ${id}`.execute(db.kysely);
}
