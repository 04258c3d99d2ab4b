import { randomUUID } from 'node:crypto';
import type { FleetHour, FleetStore, FleetWrite } from '@resilient/health';
import { createFleetStore, type FleetStoreOptions } from '@resilient/health/kysely';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

/** The one table as it is in the database. */
export interface HealthTables {
  resilient_health: {
    kind: string;
    service: string;
    name: string;
    seq: string;
    written_at: Date;
    data: string;
  };
}

/** A pool with its Kysely. */
export interface OpenPool extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly kysely: Kysely<HealthTables>;
}

/** Opens a pool on a schema; what breaks on idle connections is no news to a test. */
export function openPool(url: string, schema: string, max = 5): OpenPool {
  const pool = new pg.Pool({ connectionString: url, max, options: `-c search_path=${schema}` });
  pool.on('error', () => undefined);
  const kysely = new Kysely<HealthTables>({ dialect: new PostgresDialect({ pool }) });
  return { pool, kysely, [Symbol.asyncDispose]: () => kysely.destroy() };
}

/** A schema of its own on the run's PostgreSQL, with a pool and a store on it. */
export interface FleetPlace extends OpenPool {
  readonly url: string;
  readonly schema: string;
  readonly store: FleetStore;
}

/** What a busy machine takes is not what a test of other things looks at. */
export const PATIENT: FleetStoreOptions = { timeoutMs: 60_000 };

/** Makes it; everything in it goes at the end. */
export async function fleetPlace(url: string, options: FleetStoreOptions = PATIENT): Promise<FleetPlace> {
  const schema = `fleet_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema ${schema}`);
  const { pool, kysely } = openPool(url, schema);
  return {
    url,
    schema,
    pool,
    kysely,
    store: createFleetStore(kysely, options),
    async [Symbol.asyncDispose]() {
      await kysely.destroy();
      await client.query(`drop schema ${schema} cascade`);
      await client.end();
    },
  };
}

/** A signal that is never aborted. */
export const patient = (): { readonly signal: AbortSignal } => ({ signal: new AbortController().signal });

const DAY_MS = 86_400_000;

/** The whole day before this one, in UTC: a day of the calendar would be removed as too old some day. */
const MIDNIGHT = Math.floor(Date.now() / DAY_MS) * DAY_MS;
export const YESTERDAY: { readonly from: Date; readonly to: Date } = {
  from: new Date(MIDNIGHT - DAY_MS),
  to: new Date(MIDNIGHT),
};

/** An hour of it. */
export const yesterdayAt = (hour: number): Date => new Date(YESTERDAY.from.getTime() + hour * 3_600_000);

/** An hour as an instance adds to it. */
export const hourOf = (facts: Partial<FleetHour> = {}): FleetHour => ({
  from: yesterdayAt(5),
  requests: 0,
  failures: 0,
  errorsByType: {},
  worst: 'healthy',
  ...facts,
});

/** A write of one instance. */
export const writeOf = (
  life: string,
  seq: number,
  hours: readonly FleetHour[] = [],
  state: Partial<FleetWrite['state']> = {},
): FleetWrite => ({
  service: 'school',
  seq,
  hours,
  state: {
    life,
    instance: life,
    startedAt: 0,
    lifecycle: 'running',
    status: 'healthy',
    reasons: [],
    requests: 0,
    failures: 0,
    errors: {},
    durations: [],
    ended: false,
    ...state,
  },
});
