import { FLEET_GONE_SHOWN } from '../defaults.ts';
import type { FleetWrite } from '../fleet/fleet-store.ts';
import type { FleetTransaction } from './fleet-table.ts';
import { keyText } from './key-text.ts';
import { sql } from './kysely.ts';
import { instancePrefix } from './write-instance.ts';

/**
 * Removes what is over: instances and alerts of which nothing was written for a day (an alert that fires is written
 * every 4 hours), hours older than 30 days, gone instances that were started again under the same name, and of the
 * other gone ones all but the last 100. What somebody else removes or writes at the moment is left to him.
 */
export async function removeOld(
  trx: FleetTransaction,
  table: string,
  { service, state }: FleetWrite,
  goneAfterMs: number,
): Promise<void> {
  const t = sql.table(table);
  const key = keyText(service);
  const prefix = instancePrefix(state.instance);
  const gone = sql`kind = 'instance' and service = ${key}
    and written_at < clock_timestamp() - ${goneAfterMs} * interval '1 millisecond'`;
  await sql`
    delete from ${t} where (kind, service, name) in (
      select kind, service, name from ${t}
      where (kind in ('instance', 'alert') and written_at < clock_timestamp() - interval '1 day')
        or (kind = 'hour' and name collate "C" <
          to_char((clock_timestamp() - interval '30 days') at time zone 'UTC', 'YYYY-MM-DD"T"HH24'))
        or (${gone} and starts_with(name, ${prefix}) and name <> ${prefix + state.life})
        or (kind, service, name) in (
          select kind, service, name from ${t} where ${gone}
          order by written_at desc offset ${sql.lit(FLEET_GONE_SHOWN)}
        )
      for update skip locked
    )`.execute(trx);
}
