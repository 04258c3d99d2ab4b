import { type Clock, exponentialBackoff, type Logger } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import { PoolError } from '../engine/pool-error.ts';
import { LATE, within } from '../time/within.ts';
import { explainVerdict } from '../unit/explain.ts';
import { isPoolerError, translatePooler } from './lost-server.ts';
import { openPool, type PgClient, type PgResult } from './pg.ts';
import { sqlStateOf } from './sql-state.ts';

/** What is known of a server once it has answered. */
export interface ServerFacts {
  /** `true` if connections lead to a pooler in transaction mode, such as PgBouncer. */
  readonly pooler: boolean;
  /** Connections that the server allows, without those reserved for administrators; `undefined` if it does not tell. */
  readonly connections: number | undefined;
}

/** How a server is looked for. */
export interface FindServerOptions {
  readonly url: string;
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** The parameters that connections are to be opened with. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly pgbouncer: 'auto' | boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

const backoff = exponentialBackoff({ initialMs: 100, maxMs: 2_000, jitter: 'none' });

const FACTS = `select pg_backend_pid() as pid,
  nullif(current_setting('max_connections', true), '')::int
    - coalesce(nullif(current_setting('superuser_reserved_connections', true), '')::int, 0)
    - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) as connections`;

/** Host and database of a URL, without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the PostgreSQL server';
  const { hostname, port, pathname } = new URL(url);
  return `the database "${decodeURIComponent(pathname.slice(1))}" at ${hostname || 'the local socket'}:${port || '5432'}`;
}

/**
 * Waits until a server answers, since containers start in any order, and finds out what stands there. What is refused
 * for good ends the wait at once.
 *
 * @throws Error (rejects) in one sentence without the password
 */
export async function findServer(options: FindServerOptions): Promise<ServerFacts> {
  const { clock, timeoutMs, logger } = options;
  const place = placeOf(options.url);
  const deadline = clock.now() + timeoutMs;
  let pooler = options.pgbouncer === true;
  let previousMs = 0;
  for (let retry = 1; ; retry += 1) {
    try {
      return await ask(options, pooler, deadline);
    } catch (thrown) {
      if (!pooler && options.pgbouncer === 'auto' && sqlStateOf(thrown) === '08P01') {
        pooler = true; // it has refused the parameters
        continue;
      }
      const error = pooler ? translatePooler(thrown) : thrown;
      const verdict = classifyPostgres(error, clock.epochNow());
      const reason = isPoolerError(error) || !verdict ? 'it did not answer' : explainVerdict(verdict);
      if (verdict && !verdict.transient)
        throw new Error(`${place} refuses the connection: ${reason}`, { cause: error });
      previousMs = backoff({ retry, previousMs, kind: 'network', random: () => 0 });
      if (clock.now() + previousMs >= deadline) {
        throw new Error(`${place} could not be reached within ${timeoutMs} ms: ${reason}`, { cause: error });
      }
      if (retry === 1) logger.info({ place, reason }, 'waiting for PostgreSQL to answer');
      await clock.sleep(previousMs);
    }
  }
}

/** Asks once, on a connection of its own. */
async function ask(options: FindServerOptions, pooler: boolean, deadline: number): Promise<ServerFacts> {
  const { clock, url, name, connectTimeoutMs, parameters } = options;
  const session = pooler ? {} : parameters;
  const pool = openPool({ url, max: 1, connectTimeoutMs, name, parameters: session });
  let client: PgClient | undefined;
  pool.on('error', () => {});
  pool.on('connect', (opened) => {
    client = opened;
    opened.on('error', () => {});
  });
  try {
    const asked = pool.connect().then((one) => one.query(FACTS, []));
    const answer = await within(clock, deadline - clock.now(), asked);
    if (answer === LATE) throw new PoolError('POOL_EXHAUSTED', 'it did not answer');
    const [row] = (answer as PgResult).rows as { pid: number; connections: number | null }[];
    const moved = options.pgbouncer === 'auto' && client !== undefined && row?.pid !== client.processID;
    return { pooler: pooler || moved, connections: row?.connections ?? undefined };
  } finally {
    client?.release(true);
    void pool.end(); // a connection that is being opened may take its time to give up
  }
}
