import type { SessionTooLargeError } from '../errors/session-too-large-error.ts';
import type { Lineage } from './lineage.ts';
import { type MergeRules, mergeChanges } from './merge-changes.ts';
import type { SessionDatabase } from './options.ts';
import { tooLarge } from './session-size.ts';
import { keysOfText, type SessionKeys, withKeys } from './session-text.ts';
import type { SessionRow } from './table.ts';
import { userIdOf } from './user-id.ts';

/** How often a row may change between being read and being written before its writer is told to come again. */
const MAX_ROUNDS = 50;

/** A session that was read before, to be written in its new form. */
export interface LoadedWrite {
  readonly from: Lineage;
  /** The text of the session as the host saves it. */
  readonly text: string;
  readonly expiresAt: number;
  /** What counts as expired, in milliseconds since 1970. */
  readonly now: number;
}

/** What is fixed for a store. */
export interface WriteRules extends MergeRules {
  readonly table: string;
  readonly maxBytes: number;
  readonly userIdKey: string;
}

/**
 * How a write ended: `gone` if the session was destroyed or has expired meanwhile, `left` if it is another user's by
 * now, `refused` if it was changed in a way that cannot be brought together, an error if it is too large. Nothing was
 * written in these cases.
 */
export type Written =
  | {
      readonly rev: number;
      readonly stored: string;
      readonly conflicts: readonly string[];
      readonly merged: boolean;
    }
  | SessionTooLargeError
  | 'gone'
  | 'left'
  | 'refused';

interface Wanted {
  readonly text: string;
  readonly keys: SessionKeys | undefined;
  readonly conflicts: readonly string[];
}

function wantedFrom(write: LoadedWrite, stored: string, rules: WriteRules): Wanted | 'left' | 'refused' {
  const keys = keysOfText(write.text);
  if (stored === write.from.seen || keys === undefined) return { text: write.text, keys, conflicts: [] };
  const merged = mergeChanges(keysOfText(write.from.seen) ?? {}, keysOfText(stored) ?? {}, keys, rules);
  if (typeof merged === 'string') return merged;
  const text = withKeys(write.text, merged.keys);
  return { text, keys: merged.keys, conflicts: merged.conflicts };
}

const find = (trx: SessionDatabase, table: string, write: LoadedWrite): Promise<SessionRow | undefined> =>
  trx
    .selectFrom(table)
    .selectAll()
    .where('id', '=', write.from.key)
    .where('expires_at', '>', write.now)
    .executeTakeFirst();

/**
 * Writes a session if its row is still at the revision that was read: one statement, so that neither a log-out nor a
 * write elsewhere is undone. If the row has changed, what was changed here is brought into it, and tried again.
 */
export async function compareAndSet(
  trx: SessionDatabase,
  write: LoadedWrite,
  rules: WriteRules,
): Promise<Written> {
  let { rev, stored } = write.from;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const wanted = wantedFrom(write, stored, rules);
    if (typeof wanted === 'string') return wanted;
    const { text, keys, conflicts } = wanted;
    const error = tooLarge(text, stored, rules.maxBytes);
    if (error !== undefined) return error; // thrown in here it would be `commit`'s to explain
    const result = await trx
      .updateTable(rules.table)
      .set({
        data: text,
        rev: rev + 1,
        user_id: userIdOf(keys, rules.userIdKey),
        expires_at: write.expiresAt,
      })
      .where('id', '=', write.from.key)
      .where('rev', '=', rev)
      .where('expires_at', '>', write.now)
      .executeTakeFirst();
    if (result.numUpdatedRows > 0n) return { rev: rev + 1, stored: text, conflicts, merged: round > 0 };
    const row = await find(trx, rules.table, write);
    if (row === undefined) return 'gone';
    rev = row.rev;
    stored = row.data;
  }
  return 'refused';
}
