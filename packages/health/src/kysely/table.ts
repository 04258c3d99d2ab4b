import { checkKnown, refuse } from '@resilient/core';
import { type Kysely, sql } from './kysely.ts';

/** Any database: the table is spoken to in SQL of our own. */
export type FleetDatabase = Kysely<unknown>;

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Answers the name if it can be a table's.
 *
 * @throws TypeError for anything but letters, digits and underscores
 */
export function checkTable(table: unknown): string {
  if (typeof table !== 'string' || !PLAIN_NAME.test(table)) {
    throw refuse('table', 'a name of letters, digits and underscores', table);
  }
  return table;
}

/** One row is an instance, an hour or an alert; `data` is JSON. */
const tableSql = (table: string): string =>
  `create table if not exists "${table}" (
  "kind" varchar(8) not null,
  "service" text not null,
  "name" text not null,
  "seq" bigint not null,
  "written_at" timestamptz not null,
  "data" text not null,
  primary key ("kind", "service", "name")
)`;

/**
 * Answers the SQL that makes the table of `createFleetStore`, for migrations made by hand.
 *
 * @throws TypeError for a table whose name is not plain
 * @example
 * ```ts
 * import { fleetStoreSql } from '@resilient/health/kysely';
 *
 * console.log(fleetStoreSql({ table: 'school_health' }));
 * ```
 */
export function fleetStoreSql(options: { readonly table?: string | undefined } = {}): string {
  checkKnown('fleetStoreSql', options, ['table']);
  return `${tableSql(checkTable(options.table ?? 'resilient_health'))};\n`;
}

async function isThere(db: FleetDatabase, table: string): Promise<boolean> {
  const { rows } = await sql<{
    yes: boolean;
  }>`select to_regclass(${`"${table}"`}) is not null as yes`.execute(db);
  return rows[0]?.yes === true;
}

/** Makes the table unless it is there. Two processes may do so at once: PostgreSQL then refuses one of them. */
export async function makeTable(db: FleetDatabase, table: string): Promise<void> {
  if (await isThere(db, table)) return;
  try {
    await sql.raw(tableSql(table)).execute(db);
  } catch (error) {
    if (!(await isThere(db, table))) throw error;
  }
}
