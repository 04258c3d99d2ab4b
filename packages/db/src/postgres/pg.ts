/**
 * The one door to pg: what the package uses of it, described by its own small interfaces.
 *
 * @module
 */

import pg from 'pg';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { Session } from '../settle/settler.ts';
import { connectSession } from './connect-session.ts';
import { parseIntegers, READ_INTEGER } from './integers.ts';

/** What a statement answered. */
export interface PgResult {
  /** The command tag's first word, such as `COMMIT`. */
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly unknown[];
}

/** A client that the pool has lent. */
export interface PgClient {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connection?: { readonly stream: { destroy(): void } };
  /** Several statements in one text answer several results. */
  query(text: string, values: readonly unknown[]): Promise<PgResult | readonly PgResult[]>;
  /** `I` idle, `T` in a transaction, `E` in a failed one; as of the last ReadyForQuery. */
  getTransactionStatus(): string | null;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  /** Gives it back; `true` closes it instead. */
  release(destroy: boolean): void;
}

/** The pool itself. */
export interface PgPool {
  readonly totalCount: number;
  readonly idleCount: number;
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: 'connect', listener: (client: PgClient) => void): unknown;
  on(event: 'error', listener: (error: Error, client?: PgClient) => void): unknown;
}

/** How a pool is to be opened. */
export interface PgPoolOptions {
  readonly url: string;
  readonly max: number;
  /** For opening one connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly name: string;
  /** Settings of the server for each session, by their names there. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Idle connections above `min` are closed after this, in milliseconds; 0 for never. @defaultValue `0` */
  readonly idleMs?: number;
  /** @defaultValue `0` */
  readonly min?: number;
  /** @defaultValue `'number'` */
  readonly int8?: IntegerForm;
}

/** Silence after which the operating system asks whether the other side is still there; half of what most firewalls allow. */
const KEEP_ALIVE_MS = 60_000;

const INT8 = 20;
const INT8_ARRAY = 1016;

interface Types {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: never) => unknown;
}

/** pg's own parsers, but for `bigint`. */
function typesFor(int8: IntegerForm): Types {
  const read = READ_INTEGER[int8];
  return {
    getTypeParser(oid, format) {
      if (format !== 'binary' && oid === INT8) return read;
      const parse = pg.types.getTypeParser(oid, format as 'text');
      return format !== 'binary' && oid === INT8_ARRAY ? (value) => parseIntegers(parse(value), read) : parse;
    },
  };
}

/** Opens a pool; nothing is connected yet. */
export function openPool(options: PgPoolOptions): PgPool {
  return new pg.Pool({
    connectionString: options.url,
    max: options.max,
    min: options.min ?? 0,
    idleTimeoutMillis: options.idleMs ?? 0,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: options.name,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...options.parameters,
    types: typesFor(options.int8 ?? 'number'),
  }) as unknown as PgPool;
}

/** The messages that pg's own query writes. */
export interface PgWire {
  /** Where they are written to. */
  stream: { readonly writable: boolean; write(bytes: Buffer): unknown };
  parse(message: object): void;
  bind(message: object): void;
  describe(message: object): void;
  execute(message: object): void;
  close(message: object): void;
  sync(): void;
}

/** The parts of pg's query that a query of ours overrides; its callback is told the end. */
export interface PgQueryParts {
  /** By which protocol it is sent; `extended` also without parameters. */
  queryMode: 'extended' | undefined;
  /** Writes its messages; pg corks the socket around it. */
  prepare(wire: PgWire): void;
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handleCommandComplete(message: { readonly text: string }, wire: PgWire): void;
  handleEmptyQuery(wire: PgWire): void;
}

/** pg's own query, to be extended: `pg.Query`. */
export const PgQuery: new (
  text: string, // as an object it would be copied, which costs 10 µs
  values: readonly unknown[],
  callback: (error: Error | null, result: PgResult) => void,
) => PgQueryParts = pg.Query as never;

/** Hands a query of ours to a client; how it ends is told to the query's callback. */
export function submit(client: PgClient, query: PgQueryParts): void {
  (client as unknown as { query(query: PgQueryParts): void }).query(query);
}

/** Opens a connection that belongs to no pool; columns that are no text are the caller's concern. */
export function openSession(options: Omit<PgPoolOptions, 'max'>): Promise<Session> {
  return connectSession(
    new pg.Client({
      connectionString: options.url,
      connectionTimeoutMillis: options.connectTimeoutMs,
      application_name: options.name,
    }),
  );
}
