import type { Clock, Logger } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type { BeginRequest, Engine, OpenTransaction } from '../engine/engine.ts';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { OpenedEngine } from '../engine/opened.ts';
import { registerEngine } from '../engine/registry.ts';
import { POOL_DEFAULTS, type PoolSettings } from '../pool/defaults.ts';
import { within } from '../time/within.ts';
import { UnitBeginner } from './begin-unit.ts';
import { checkPool } from './check-pool.ts';
import { PostgresDialect } from './dialect.ts';
import { PostgresDriver } from './driver.ts';
import { findServer, type ServerFacts } from './find-server.ts';
import { openPool, openSession } from './pg.ts';
import type { PgConnectHook } from './pg-session.ts';
import { FOR_CHECK, PostgresPool } from './pool.ts';
import {
  localSettings,
  SESSION_DEFAULTS,
  type SessionSettings,
  startupParameters,
} from './session-settings.ts';

/** A share of the connections that the server allows, once it has said how many those are. */
export interface PoolShare {
  /** Of all connections, that of all processes together. */
  readonly of: number;
  readonly min: number;
  readonly max: number;
}

/** Options of {@link createPostgresEngine}; they have been checked. */
export interface PostgresEngineOptions extends Partial<PoolSettings>, Partial<SessionSettings> {
  /** A URL that pg understands. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most connections, where there is no overflow: the same as `size: max, overflow: 0`. */
  readonly max?: number;
  /** Instead of `size`: what the server allows decides. */
  readonly share?: PoolShare;
  /** Processes that share the server. @defaultValue `1` */
  readonly replicas?: number;
  /** @defaultValue `'auto'` */
  readonly pgbouncer?: 'auto' | boolean;
  /** How long to wait at start for a server that does not answer yet, in milliseconds. @defaultValue `30_000` */
  readonly startupTimeoutMs?: number;
  /** Whether units write a witness unless told otherwise; makes the table. @defaultValue `false` */
  readonly witness?: boolean;
  /** @defaultValue `'number'` */
  readonly int8?: IntegerForm;
  /** Called with each new connection before its first use. */
  readonly onConnect?: PgConnectHook | undefined;
  /** For events, messages and the server's list of sessions. @defaultValue `'postgres'` */
  readonly name?: string;
  readonly random?: () => number;
}

/** Opening one connection takes no longer than this. */
const CONNECT_MS = 10_000;

class PostgresEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock;
  readonly dialect: PostgresDialect;
  readonly witness: boolean;
  readonly #units: UnitBeginner;

  constructor(pool: PostgresPool, clock: Clock, units: UnitBeginner, witness: boolean) {
    this.witness = witness;
    this.#units = units;
    this.clock = clock;
    this.dialect = new PostgresDialect(new PostgresDriver({ pool, clock, engine: () => this }));
  }

  verdictOf(error: unknown): ReturnType<Engine['verdictOf']> {
    return classifyPostgres(error, this.clock.epochNow());
  }

  begin(request: BeginRequest): Promise<OpenTransaction> {
    return this.#units.begin(request);
  }
}

/**
 * Opens a pool on a PostgreSQL server and waits until it answers.
 *
 * @throws Error (rejects) with one sentence, without the password, if it does not answer within `startupTimeoutMs`, or
 *   refuses for good
 */
export async function createPostgresEngine(options: PostgresEngineOptions): Promise<OpenedEngine> {
  const {
    url,
    clock,
    logger,
    max,
    share,
    replicas = 1,
    pgbouncer = 'auto',
    witness = false,
    name = 'postgres',
    int8 = 'number',
    onConnect,
    ...rest
  } = options;
  const { startupTimeoutMs = 30_000, ...settings } = rest;
  const session: SessionSettings = { ...SESSION_DEFAULTS, ...settings };
  const parameters = startupParameters(session);
  const connectTimeoutMs = CONNECT_MS;
  const found = await findServer({
    ...{ url, name, connectTimeoutMs, parameters, pgbouncer, clock, logger },
    timeoutMs: startupTimeoutMs,
  });
  const { pooler } = found;
  if (pooler && onConnect) {
    throw new Error(
      '`onConnect` was given, but the connections lead to a pooler in transaction mode, where nothing can be kept for a session',
    );
  }
  const sizes = sizesOf(options, found);
  if (!pooler) warnOfTooMany({ ...sizes, replicas, logger, connections: found.connections });
  const { min = POOL_DEFAULTS.min, idleMs = POOL_DEFAULTS.idleMs } = settings;
  const pg = openPool({
    ...{ url, name, connectTimeoutMs, min, idleMs, int8 },
    max: sizes.size + sizes.overflow,
    parameters: pooler ? {} : parameters,
  });
  let refusal: { readonly error: unknown } | undefined;
  const greet: PgConnectHook = async (session) => {
    try {
      await onConnect?.(session);
    } catch (error) {
      refusal = { error };
      throw error;
    }
  };
  const local = pooler ? localSettings(session) : undefined;
  const pool = new PostgresPool(pg, {
    ...settings,
    ...sizes,
    clock,
    name,
    logger,
    pooler,
    localSettings: local,
    onConnect: onConnect && greet,
  });
  // the first caller need not wait for a connection; a server that is gone again will be told to him
  await pool.acquire(clock.now() + connectTimeoutMs, undefined, FOR_CHECK).then(
    (lease) => lease.release(),
    () => undefined,
  );
  if (refusal) {
    await pool.close(0);
    throw refusal.error;
  }
  pool.warm();
  const open = (): ReturnType<typeof openSession> => openSession({ url, name, connectTimeoutMs });
  const units = new UnitBeginner({ pool, clock, logger, open });
  if (witness) await units.witnesses.prepare();
  const engine = new PostgresEngine(pool, clock, units, witness);
  let closing: Promise<void> | undefined;
  registerEngine(engine.dialect.createAdapter(), engine);
  return {
    engine,
    dialect: engine.dialect,
    check: ({ timeoutMs }) => checkPool(pool, clock, timeoutMs),
    stats: () => pool.stats,
    close: ({ timeoutMs }) => {
      closing ??= pool
        .close(timeoutMs)
        .then(async () => void (await within(clock, timeoutMs, units.settled())));
      return closing;
    },
  };
}

function sizesOf(options: PostgresEngineOptions, found: ServerFacts): { size: number; overflow: number } {
  const { max, share, replicas = 1, size = POOL_DEFAULTS.size, overflow = POOL_DEFAULTS.overflow } = options;
  if (max !== undefined) return { size: max, overflow: 0 };
  if (!share) return { size, overflow };
  if (found.connections === undefined) return { size: Math.min(size, share.max), overflow: 0 };
  const part = Math.floor((share.of * found.connections) / replicas);
  return { size: Math.min(share.max, Math.max(share.min, part)), overflow: 0 };
}

/** Too many connections fail where it hurts most, under load: better said at the start. */
function warnOfTooMany(facts: {
  readonly size: number;
  readonly overflow: number;
  readonly replicas: number;
  readonly connections: number | undefined;
  readonly logger: Logger;
}): void {
  const { size, overflow, replicas, connections, logger } = facts;
  const wanted = (size + overflow) * replicas;
  if (connections === undefined || wanted <= connections) return;
  logger.warn(
    { size, overflow, replicas, wanted, connections },
    `${replicas} x ${size + overflow} connections may be opened, but the server allows ${connections}: choose a smaller preset, raise max_connections, or put PgBouncer in front`,
  );
}
