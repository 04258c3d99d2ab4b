import type { EngineKind } from '../engine/engine.ts';
import type { Ask } from './ask.ts';
import type { Settled } from './question.ts';

/** Rows are kept for so long, and asked for no longer. */
export const WITNESS_HOURS = 24;

/** How long one question waits for a unit that still runs. */
const LOCK_WAIT_MS = 500;

const TABLE: Readonly<Record<EngineKind, string>> = {
  postgres: `create table if not exists resilient_witness (
  id uuid primary key,
  refused boolean not null default false,
  written_at timestamptz not null default now()
)`,
  sqlite: `create table if not exists resilient_witness (
  id text primary key,
  refused integer not null default 0,
  written_at text not null default current_timestamp
) without rowid`,
};

/**
 * The statement that makes the table of witness rows, for those who make their tables by hand;
 * `createDatabase({ witness: true })` runs it at the start.
 *
 * @throws TypeError if `kind` is neither `'postgres'` nor `'sqlite'`
 * @example
 * ```ts
 * import { witnessSql } from '@resilient/db';
 *
 * console.log(witnessSql('postgres').startsWith('create table')); // true
 * ```
 */
export function witnessSql(kind: EngineKind): string {
  const text = Object.hasOwn(TABLE, kind) ? TABLE[kind] : undefined;
  if (text === undefined)
    throw new TypeError(`expected \`kind\` to be 'postgres' or 'sqlite', got ${String(kind)}`);
  return text;
}

/** Removes the rows that nobody asks for any more. */
export const PRUNE_WITNESSES: string = `delete from resilient_witness where written_at < now() - interval '${WITNESS_HOURS} hours'`;

/**
 * Settles by writing the unit's own row: if that works, the unit has not committed, and never can. What has been found
 * is told from what an earlier question wrote by `refused`. `undefined` while the unit still runs.
 */
export async function askWitness(ask: Ask, id: string): Promise<Settled | undefined> {
  await ask('begin isolation level read committed', []);
  let written: boolean;
  try {
    await ask(`set local lock_timeout = ${LOCK_WAIT_MS}`, []);
    const rows = await ask(
      'insert into resilient_witness (id, refused) values ($1, true) on conflict (id) do nothing returning id::text',
      [id],
    );
    written = rows.length > 0;
    await ask('commit', []);
  } catch (error) {
    await ask('rollback', []);
    if ((error as { code?: unknown }).code === '55P03') return undefined;
    throw error;
  }
  return written ? 'rolled-back' : lookForWitness(ask, id);
}

/** Looks without writing: what is not there may still come. */
export async function lookForWitness(ask: Ask, id: string): Promise<Settled> {
  const [row] = await ask('select refused::text as refused from resilient_witness where id = $1', [id]);
  if (!row) return 'unknown';
  return row.refused === 'true' ? 'rolled-back' : 'committed';
}
