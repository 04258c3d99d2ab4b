import { type Clock, sharedLogger, systemClock, type Verdict } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import type { BeginRequest, Engine, OpenTransaction } from '../engine/engine.ts';
import { CompiledQuery } from '../kysely.ts';
import { UnitBeginner } from '../postgres/begin-unit.ts';
import { connectSession } from '../postgres/connect-session.ts';
import type { PgClient, PgPool } from '../postgres/pg.ts';
import { PostgresPool } from '../postgres/pool.ts';
import { protectPool } from '../postgres/protect-pool.ts';
import type { Session } from '../settle/settler.ts';
import { openUnitOf, outerHandleError } from '../unit/current-unit.ts';
import type { Gate } from '../unit/gate.ts';
import type { ListeningPool, PgUnit } from './pg-pool.ts';

/** What pg itself takes where nothing is said. */
const PG_MAX = 10;

/** Units on a pool of the application's own: the same transactions as on a pool of ours, with the pool's own limits. */
class PgPoolEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock = systemClock;
  readonly #units: UnitBeginner;

  constructor(pool: PgPool, max: number, open: () => Promise<Session>) {
    const { clock } = this;
    // how old a connection may get, and how many are kept, is the application's decision
    const settings = { max, recycleMs: Number.POSITIVE_INFINITY, name: 'pg.Pool' };
    this.#units = new UnitBeginner({
      pool: new PostgresPool(pool, { ...settings, clock }),
      clock,
      logger: sharedLogger(),
      open,
    });
  }

  verdictOf(error: unknown): Verdict | undefined {
    return classifyPostgres(error, this.clock.epochNow());
  }

  begin(request: BeginRequest): Promise<OpenTransaction> {
    return this.#units.begin(request);
  }
}

/** The pool as ours wants it: clients that were opened before are shown as new when they are first lent. */
function adopted(pool: ListeningPool, connect: () => Promise<PgClient>): PgPool {
  const seen = new WeakSet<PgClient>();
  const shown: ((client: PgClient) => void)[] = [];
  return {
    get totalCount() {
      return pool.totalCount;
    },
    get idleCount() {
      return pool.idleCount;
    },
    async connect() {
      const client = await connect();
      if (!seen.has(client)) {
        seen.add(client);
        for (const show of shown) show(client);
      }
      return client;
    },
    end: () => pool.end(),
    on(event: string, listener: never) {
      return event === 'connect' ? shown.push(listener) : pool.on(event, listener);
    },
  };
}

/** How long a connection beside the pool may take to open. */
const CONNECT_MS = 10_000;

/** Opens a connection beside the pool, as the pool opens its own, to ask what became of a COMMIT. */
function openBeside({ Client, options }: ListeningPool): Promise<Session> {
  // the password is no enumerable property; the answers are read as text, whatever parsers the application has
  const { password } = options;
  const client = new Client({ ...options, password, types: undefined, connectionTimeoutMillis: CONNECT_MS });
  return connectSession(client);
}

type Callback = (error: Error, client: undefined, done: () => void) => void;

/** Refuses connections of the pool to code inside a unit on it; answers how the unit itself gets one. */
function guarded(pool: ListeningPool, engine: () => Engine): () => Promise<PgClient> {
  const connect = pool.connect.bind(pool) as (callback?: Callback) => Promise<PgClient>;
  const guard = (callback?: Callback): Promise<PgClient> | undefined => {
    if (!openUnitOf(engine())) return connect(callback);
    const error = outerHandleError();
    if (!callback) return Promise.reject(error);
    queueMicrotask(() => callback(error, undefined, () => {}));
    return undefined;
  };
  Object.defineProperty(pool, 'connect', { value: guard, writable: true, configurable: true });
  return () => connect();
}

const engines = new WeakMap<object, Engine>();

/** The engine of a pool, made at its first use. */
export function pgPoolEngine(pool: ListeningPool): Engine {
  const known = engines.get(pool);
  if (known) return known;
  protectPool(pool);
  const connect = guarded(pool, () => engine);
  const engine: Engine = new PgPoolEngine(adopted(pool, connect), pool.options.max ?? PG_MAX, () =>
    openBeside(pool),
  );
  engines.set(pool, engine);
  return engine;
}

/** What `work` gets. */
export function pgUnitOn(gate: Gate): PgUnit {
  return {
    async query<Row>(
      text: string | { readonly text: string; readonly values?: readonly unknown[] },
      values?: readonly unknown[],
    ) {
      const [sql, parameters] =
        typeof text === 'string' ? [text, values] : [text.text, values ?? text.values];
      const { rows, numAffectedRows } = await gate.executeQuery<Row>(
        CompiledQuery.raw(sql, [...(parameters ?? [])]),
      );
      return { rows, rowCount: numAffectedRows === undefined ? rows.length : Number(numAffectedRows) };
    },
  };
}
