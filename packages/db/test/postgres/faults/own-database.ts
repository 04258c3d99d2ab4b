import { systemClock } from '@resilient/core';
import { createTcpProxy, startPostgres, type TcpProxy, type TestPostgres } from '@resilient/testing';
import { CompiledQuery, Kysely } from 'kysely';
import pg from 'pg';
import {
  createPostgresEngine,
  type PostgresEngineOptions,
} from '../../../src/postgres/create-postgres-engine.ts';
import type { CommitOptions } from '../../../src/unit/options.ts';
import { type CommitResult, safeCommit } from '../../../src/unit/safe-commit.ts';
import { keepLog, type LogLines } from '../database.ts';

/** The tables of the fault tests. */
export interface FaultSchema {
  account: { id: number; balance: number };
  done: { id: string };
  list: { key: string; values: number[] };
}

const TABLES = `set synchronous_commit = local;
  create table account (id int primary key, balance int not null);
  create table done (id text not null);
  create table list (key text primary key, values int[] not null default '{}');`;

/** Sends a statement of a unit. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<unknown>;

/** A server, a proxy in front of it, and our database behind the proxy. */
export interface OwnDatabase extends AsyncDisposable {
  readonly postgres: Pick<TestPostgres, 'url' | 'crash' | 'start' | 'kill' | 'restart'>;
  readonly proxy: TcpProxy;
  readonly kysely: Kysely<FaultSchema>;
  readonly log: LogLines;
  /** A unit on our Kysely, or on a bare pg.Pool if the database was opened with that. */
  save(work: (run: Run) => Promise<unknown>, options?: CommitOptions): Promise<CommitResult<unknown>>;
  stats(): { readonly inUse: number };
  /** One statement, directly, on a connection of its own; waits for the server. */
  direct(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** Asks a server, and again while it cannot be reached. */
export async function ask(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  for (let tries = 1; ; tries += 1) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      const result = await client.query(text, values);
      return ([result].flat().at(-1) as unknown as { rows: Record<string, unknown>[] }).rows;
    } catch (error) {
      if (tries === 100) throw error;
      await systemClock.sleep(100);
    } finally {
      client.end().catch(() => {});
    }
  }
}

/** Opens our database on a server that is there, or on one of its own, which can be crashed. */
export async function openOwnDatabase(
  options: Partial<PostgresEngineOptions> & {
    on?: string;
    settings?: Record<string, string>;
    target?: 'kysely' | 'pg.Pool';
  } = {},
): Promise<OwnDatabase> {
  const { on, settings = {}, target = 'kysely', ...engineOptions } = options;
  const own = on === undefined ? await startPostgres({ settings }) : undefined;
  const url = own?.url ?? (on as string);
  await ask(url, TABLES);
  const { port } = new URL(url);
  const proxy = await createTcpProxy({ upstream: Number(port) });
  const log = keepLog();
  const opened = await createPostgresEngine({
    url: proxy.url(url),
    clock: systemClock,
    logger: log,
    ...engineOptions,
  });
  const kysely = new Kysely<FaultSchema>({ dialect: opened.dialect });
  const pool = target === 'pg.Pool' ? new pg.Pool({ connectionString: proxy.url(url) }) : undefined;
  const refused = async (): Promise<never> => {
    throw new Error('this server is shared');
  };
  return {
    postgres: own ?? { url, crash: refused, start: refused, kill: refused, restart: refused },
    proxy,
    log,
    kysely,
    save: (work, given) =>
      pool
        ? safeCommit(pool, (unit) => work((text, values) => unit.query(text, values)), given)
        : safeCommit(
            kysely,
            (trx) => work((text, values = []) => trx.executeQuery(CompiledQuery.raw(text, [...values]))),
            given,
          ),
    stats: () => opened.stats(),
    direct: (text, values) => ask(url, text, values),
    async [Symbol.asyncDispose]() {
      await pool?.end();
      await opened.close({ timeoutMs: 500 });
      await proxy.close();
      await own?.close();
    },
  };
}
