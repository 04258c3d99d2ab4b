import type { Clock, Logger } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type { BeginRequest, Engine, OpenTransaction } from '../engine/engine.ts';
import type { OpenedEngine } from '../engine/opened.ts';
import { registerEngine } from '../engine/registry.ts';
import { UnitBeginner } from './begin-unit.ts';
import { checkPool } from './check-pool.ts';
import { PostgresDialect } from './dialect.ts';
import { PostgresDriver } from './driver.ts';
import { openPool } from './pg.ts';
import { PostgresPool } from './pool.ts';
import { waitForServer } from './startup.ts';

/** Options of {@link createPostgresEngine}; they have been checked. */
export interface PostgresEngineOptions {
  /** A URL that pg understands. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most connections. @defaultValue `15` */
  readonly max?: number;
  /** How long a statement outside of a unit waits for a connection, in milliseconds. @defaultValue `30_000` */
  readonly acquireTimeoutMs?: number;
  /** How long to wait at start for a server that does not answer yet, in milliseconds. @defaultValue `30_000` */
  readonly startupTimeoutMs?: number;
  /** For events, messages and the server's list of sessions. @defaultValue `'postgres'` */
  readonly name?: string;
}

/** Opening one connection takes no longer than this. */
const CONNECT_MS = 10_000;

class PostgresEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock;
  readonly dialect: PostgresDialect;
  readonly #units: UnitBeginner;

  constructor(pool: PostgresPool, clock: Clock, acquireTimeoutMs: number) {
    this.#units = new UnitBeginner(pool, clock);
    this.clock = clock;
    this.dialect = new PostgresDialect(
      new PostgresDriver({ pool, clock, acquireTimeoutMs, engine: () => this }),
    );
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
    max = 15,
    acquireTimeoutMs = 30_000,
    startupTimeoutMs = 30_000,
    name = 'postgres',
  } = options;
  const pool = new PostgresPool(openPool({ url, max, connectTimeoutMs: CONNECT_MS, name }), {
    clock,
    name,
    max,
  });
  try {
    await waitForServer(pool, { url, clock, logger, timeoutMs: startupTimeoutMs });
  } catch (error) {
    void pool.close(0); // a connection that is being opened may take its time to give up
    throw error;
  }
  const engine = new PostgresEngine(pool, clock, acquireTimeoutMs);
  registerEngine(engine.dialect.createAdapter(), engine);
  return {
    engine,
    dialect: engine.dialect,
    check: ({ timeoutMs }) => checkPool(pool, clock, timeoutMs),
    stats: () => pool.stats,
    close: ({ timeoutMs }) => pool.close(timeoutMs),
  };
}
