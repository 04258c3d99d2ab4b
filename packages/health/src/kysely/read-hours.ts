import { asRecord } from '../counting/as-record.ts';
import type { FleetHour } from '../fleet/fleet-store.ts';
import type { FleetTransaction } from './fleet-table.ts';
import { keyText } from './key-text.ts';
import { sql } from './kysely.ts';
import { countOf, entriesOf, fieldsOf } from './stored-json.ts';
import { STATUS_ORDER } from './write-instance.ts';

interface HourRow {
  readonly name: string;
  readonly data: string;
}

function hourOf({ name, data }: HourRow): FleetHour[] {
  const fields = fieldsOf(data);
  if (fields === undefined) return [];
  return [
    {
      from: new Date(name),
      requests: countOf(fields.requests),
      failures: countOf(fields.failures),
      errorsByType: asRecord(entriesOf(fields.errors).sort(([, left], [, right]) => right - left)),
      worst: STATUS_ORDER[countOf(fields.worst)] ?? 'critical',
    },
  ];
}

/** The hours of a service that begin in a range, oldest first. */
export async function readHours(
  trx: FleetTransaction,
  table: string,
  service: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<FleetHour[]> {
  const { rows } = await sql<HourRow>`
    select name, data from ${sql.table(table)}
    where kind = 'hour' and service = ${keyText(service)}
      and name collate "C" >= ${from.toISOString()} and name collate "C" < ${to.toISOString()}
    order by name collate "C"`.execute(trx);
  return rows.flatMap(hourOf);
}
