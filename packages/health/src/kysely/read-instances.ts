import type { StoredInstance } from '../fleet/fleet-store.ts';
import type { FleetTransaction } from './fleet-table.ts';
import { keyText } from './key-text.ts';
import { sql } from './kysely.ts';
import { stateOf } from './state-of.ts';

/** Most rows read at a time, the newest first. */
const MOST = 1_000;

interface InstanceRow {
  readonly data: string;
  readonly age_ms: string | number;
}

/** What the instances of a service said last; the age is by the clock of the database, the same for all. */
export async function readInstances(
  trx: FleetTransaction,
  table: string,
  service: string,
): Promise<StoredInstance[]> {
  const { rows } = await sql<InstanceRow>`
    select data, extract(epoch from clock_timestamp() - written_at) * 1000 as age_ms
    from ${sql.table(table)}
    where kind = 'instance' and service = ${keyText(service)}
    order by written_at desc
    limit ${sql.lit(MOST)}`.execute(trx);
  return rows.flatMap(({ data, age_ms }) => {
    const state = stateOf(data);
    return state === undefined ? [] : [{ state, ageMs: Math.max(0, Number(age_ms)) }];
  });
}
