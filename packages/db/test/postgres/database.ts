import { randomBytes } from 'node:crypto';
import { systemClock } from '@resilient/core';
import { Kysely } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import type { OpenedEngine } from '../../src/engine/opened.ts';
import {
  createPostgresEngine,
  type PostgresEngineOptions,
} from '../../src/postgres/create-postgres-engine.ts';

/** The tables of these tests. */
export interface Schema {
  student: { id: number; xp: number };
  note: { id: number; text: string };
}

/** A database of the test's own on the run's server, and connections to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly kysely: Kysely<Schema>;
  readonly opened: OpenedEngine;
  readonly log: LogLines;
  /** A session beside the pool. */
  readonly admin: pg.Client;
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/** A logger that keeps its lines. */
export interface LogLines {
  readonly lines: string[];
  debug(...line: unknown[]): void;
  info(...line: unknown[]): void;
  warn(...line: unknown[]): void;
  error(...line: unknown[]): void;
  fatal(...line: unknown[]): void;
  child(): LogLines;
}

export function keepLog(): LogLines {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (...line: unknown[]): void => {
      lines.push(`${level} ${JSON.stringify(line)}`);
    };
  const logger: LogLines = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
    child: () => logger,
  };
  return logger;
}

const TABLES = `
  create table student (id bigint primary key, xp bigint not null);
  create table note (id bigint generated always as identity primary key, text text not null unique);
  insert into student values (1, 0), (2, 0);
`;

/**
 * Makes an empty database with the tables, `through` another address if one is given, and `on` another server than the
 * one that all files of the run share.
 */
export async function openTestDatabase(
  options: Partial<PostgresEngineOptions> & { through?: (url: URL) => Promise<URL>; on?: string } = {},
): Promise<TestDatabase> {
  const { through, on = inject('postgresUrl'), ...engineOptions } = options;
  const name = `db_${randomBytes(6).toString('hex')}`;
  const root = new pg.Client(on);
  await root.connect();
  await root.query(`create database ${name}`);
  await root.end();
  const direct = new URL(on);
  direct.pathname = `/${name}`;
  const admin = new pg.Client(direct.href);
  admin.on('error', () => {});
  await admin.connect();
  await admin.query(TABLES);
  const url = through ? (await through(new URL(direct.href))).href : direct.href;
  const log = keepLog();
  const opened = await createPostgresEngine({ url, clock: systemClock, logger: log, ...engineOptions });
  return {
    url,
    opened,
    log,
    admin,
    kysely: new Kysely<Schema>({ dialect: opened.dialect }),
    rows: async (sql) => (await admin.query(sql)).rows,
    async [Symbol.asyncDispose]() {
      await opened.close({ timeoutMs: 100 });
      await admin.end();
    },
  };
}
