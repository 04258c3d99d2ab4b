import type { Client } from 'pg';

const load = async (): Promise<typeof Client> => {
  try {
    return (await import('pg')).default.Client;
  } catch (error) {
    throw new Error('the package `pg` is needed for this: install it as a dev dependency', { cause: error });
  }
};

/** Runs one statement on a connection of its own, as the superuser. */
const query = async (
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> => {
  const client = new (await load())({ connectionString: url, application_name: '@resilient/testing' });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
};

/** Creates an empty database. */
export const createEmptyDatabase = async (url: string, name: string): Promise<void> => {
  await query(url, `create database "${name.replaceAll('"', '""')}"`);
};

/** Which server processes of clients to end. */
export interface BackendFilter {
  /** One process, by the number that `pg_backend_pid()` gives. */
  readonly pid?: number;
  /** All with this `application_name`. */
  readonly applicationName?: string;
}

/** Ends server processes of clients and waits until they are gone; answers how many there were. */
export const terminate = async (url: string, filter: BackendFilter): Promise<number> => {
  const rows = await query(
    url,
    `select pg_terminate_backend(pid, 5000) as gone from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid()
       and ($1::int is null or pid = $1) and ($2::text is null or application_name = $2)`,
    [filter.pid ?? null, filter.applicationName ?? null],
  );
  return rows.filter((row) => row.gone === true).length;
};
