import type { SharedAlert, SharedDecision } from '../alerts/alert-store.ts';
import type { FleetTransaction } from './fleet-table.ts';
import { keyText } from './key-text.ts';
import { sql } from './kysely.ts';
import { entriesOf, fieldsOf } from './stored-json.ts';

/** Reads the state of an alert; what none of ours has written counts as nothing. */
function alertOf(text: string | undefined): SharedAlert | undefined {
  const fields = text === undefined ? undefined : fieldsOf(text);
  if (fields === undefined) return undefined;
  const { phase, since, repeats, severity, untold, holders } = fields;
  if (phase !== 'firing' && phase !== 'quiet') return undefined;
  if (severity !== 'warning' && severity !== 'critical') return undefined;
  if (typeof since !== 'number' || typeof repeats !== 'number' || typeof untold !== 'number')
    return undefined;
  return { phase, since, repeats, severity, untold, holders: Object.fromEntries(entriesOf(holders)) };
}

/**
 * Reads the state of an alert, asks what it becomes, and writes that, under a lock on its row: the row is made first,
 * so that there is one to lock.
 */
export async function decideAlert<T>(
  trx: FleetTransaction,
  table: string,
  dedupKey: string,
  decide: (shared: SharedAlert | undefined) => SharedDecision<T>,
): Promise<T> {
  const t = sql.table(table);
  const name = keyText(dedupKey);
  await sql`
    insert into ${t} (kind, service, name, seq, written_at, data)
    values ('alert', '', ${name}, 0, clock_timestamp(), 'null')
    on conflict (kind, service, name) do nothing`.execute(trx);
  const { rows } = await sql<{ data: string }>`
    select data from ${t} where kind = 'alert' and service = '' and name = ${name} for update`.execute(trx);
  const { shared, result } = decide(alertOf(rows[0]?.data));
  await sql`
    insert into ${t} as a (kind, service, name, seq, written_at, data)
    values ('alert', '', ${name}, 1, clock_timestamp(), ${JSON.stringify(shared)})
    on conflict (kind, service, name)
      do update set seq = a.seq + 1, written_at = excluded.written_at, data = excluded.data`.execute(trx);
  return result;
}
