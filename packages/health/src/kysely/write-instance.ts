import { MAX_TYPES, OTHER } from '../defaults.ts';
import type { FleetHour, FleetWrite } from '../fleet/fleet-store.ts';
import type { HealthStatus } from '../status/level.ts';
import type { FleetTransaction } from './fleet-table.ts';
import { keyText } from './key-text.ts';
import { sql } from './kysely.ts';

/** Statuses from the best to the worst, as they stand in the rows of hours. */
export const STATUS_ORDER: readonly HealthStatus[] = ['healthy', 'degraded', 'critical'];

/** The name of an instance's row; a restart under the same name is another row, which begins alike. */
export const instancePrefix = (instance: string): string => `${keyText(instance)}\n`;

interface HourRow {
  readonly name: string;
  readonly data: {
    readonly requests: number;
    readonly failures: number;
    readonly worst: number;
    readonly errors: Record<string, number>;
  };
}

function hourRow({ from, requests, failures, errorsByType, worst }: FleetHour): HourRow {
  const errors = new Map<string, number>();
  for (const [type, count] of Object.entries(errorsByType)) {
    const name = type.toWellFormed().replaceAll('\0', ''); // what PostgreSQL's JSON can hold
    errors.set(name, (errors.get(name) ?? 0) + count);
  }
  return {
    name: from.toISOString(),
    data: { requests, failures, worst: STATUS_ORDER.indexOf(worst), errors: Object.fromEntries(errors) },
  };
}

/**
 * Writes what an instance says, and adds to the hours what it counted: one statement, so that both are done or neither
 * is. A write that comes again under its number changes nothing, and rows of hours are locked in their order.
 */
export async function writeInstance(
  trx: FleetTransaction,
  table: string,
  { service, seq, state, hours }: FleetWrite,
): Promise<void> {
  const t = sql.table(table);
  const key = keyText(service);
  const name = `${instancePrefix(state.instance)}${state.life}`;
  const both = sql`(select h.data::jsonb as a, excluded.data::jsonb as b) as both_of_them`;
  const total = (field: string) => sql`(a->>${sql.lit(field)})::bigint + (b->>${sql.lit(field)})::bigint`;
  await sql`
    with own as (
      insert into ${t} as i (kind, service, name, seq, written_at, data)
      values ('instance', ${key}, ${name}, ${seq}, clock_timestamp(), ${JSON.stringify(state)})
      on conflict (kind, service, name)
        do update set seq = excluded.seq, written_at = excluded.written_at, data = excluded.data
        where i.seq < excluded.seq
      returning 1
    )
    insert into ${t} as h (kind, service, name, seq, written_at, data)
    select 'hour', ${key}, fresh.name, 1, clock_timestamp(), fresh.data::text
    from jsonb_to_recordset(${JSON.stringify(hours.map(hourRow))}::jsonb) as fresh(name text, data jsonb)
    where exists (select from own)
    order by fresh.name collate "C"
    on conflict (kind, service, name) do update set
      seq = h.seq + 1,
      written_at = excluded.written_at,
      data = (
        select jsonb_build_object(
          'requests', ${total('requests')},
          'failures', ${total('failures')},
          'worst', greatest((a->>'worst')::int, (b->>'worst')::int),
          'errors', (
            select coalesce(jsonb_object_agg(kept.name, kept.count), '{}') from (
              select case when place <= ${sql.lit(MAX_TYPES)} then ranked.name else ${sql.lit(OTHER)} end as name,
                sum(count) as count
              from (
                select summed.name, summed.count,
                  row_number() over (order by summed.name = ${sql.lit(OTHER)} desc, summed.count desc, summed.name) as place
                from (
                  select each.key as name, sum(each.value::bigint) as count
                  from (
                    select * from jsonb_each_text(a->'errors')
                    union all
                    select * from jsonb_each_text(b->'errors')
                  ) as each
                  group by each.key
                ) as summed
              ) as ranked
              group by 1
            ) as kept
          )
        )
        from ${both}
      )::text`.execute(trx);
}
