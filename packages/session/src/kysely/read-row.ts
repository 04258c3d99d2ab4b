import { SessionCorruptError } from '../errors/session-corrupt-error.ts';
import { showExpiry } from './expiry.ts';
import { sql } from './kysely.ts';
import type { SessionDatabase } from './options.ts';
import type { SessionRow } from './table.ts';

/** What SQLite's and PostgreSQL's drivers put in the place of bytes that are no text. */
const REPLACEMENT = '\uFFFD';

/** How much of a damaged row is shown to `quarantine`, in bytes. */
const RAW_BYTES = 16_384;

/** Tells whether the bytes of a text in SQLite are not the text that its driver answers: a damaged file, a foreign writer. */
async function hasBrokenBytes(db: SessionDatabase, table: string, row: SessionRow): Promise<boolean> {
  // PostgreSQL answers a boolean, and keeps no text that is not UTF-8.
  const kind = await sql<{ yes: unknown }>`select (1 = 1) as yes`.execute(db);
  if (kind.rows[0]?.yes === true) return false;
  const bytes = sql<Uint8Array>`cast("data" as blob)`.as('bytes');
  const found = await db
    .selectFrom(table)
    .select(bytes)
    .where('id', '=', row.id)
    .where('rev', '=', row.rev)
    .executeTakeFirst();
  return found !== undefined && !Buffer.from(row.data, 'utf8').equals(found.bytes);
}

/**
 * Reads what a row holds; it lives as long as the row.
 *
 * @throws SessionCorruptError, which shows nothing of the text: the parser's own error quotes it
 */
export async function readSession(db: SessionDatabase, table: string, row: SessionRow): Promise<unknown> {
  if (typeof row.data !== 'string') throw new SessionCorruptError();
  let session: unknown;
  try {
    session = JSON.parse(row.data);
  } catch {
    throw new SessionCorruptError();
  }
  if (row.data.includes(REPLACEMENT) && (await hasBrokenBytes(db, table, row)))
    throw new SessionCorruptError();
  showExpiry(session, Number(row.expires_at));
  return session;
}

/** Answers the first 16 KiB of what is stored, whatever it is. */
export async function readRawRow(
  db: SessionDatabase,
  table: string,
  key: string,
): Promise<Uint8Array | undefined> {
  const start = sql<string | Uint8Array>`substr("data", 1, ${sql.lit(RAW_BYTES)})`.as('start');
  const row = await db.selectFrom(table).select(start).where('id', '=', key).executeTakeFirst();
  if (row === undefined) return undefined;
  const bytes = typeof row.start === 'string' ? Buffer.from(row.start, 'utf8') : Buffer.from(row.start);
  return bytes.subarray(0, RAW_BYTES);
}
