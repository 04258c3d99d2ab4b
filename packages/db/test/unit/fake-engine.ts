import type { Clock, Verdict } from '@resilient/core';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { classifyPostgres } from '../../src/classify/postgres.ts';
import type {
  BeginRequest,
  CommitAnswer,
  Engine,
  OpenTransaction,
  TransactionState,
} from '../../src/engine/engine.ts';
import { registerEngine } from '../../src/engine/registry.ts';
import type { CompiledQuery, DatabaseConnection, Dialect, QueryResult } from '../../src/kysely.ts';

/** The table that tests write to; there is no database behind it. */
export interface FakeSchema {
  note: { id: number; text: string };
}

/** What a fake engine does, in place of a database. */
export interface FakeScript {
  begin?: (request: BeginRequest, attempt: number) => void | Promise<void>;
  run?: (sql: string, attempt: number) => unknown[] | Promise<unknown[]>;
  commit?: (attempt: number) => CommitAnswer | Promise<CommitAnswer>;
  stateAfter?: (error: unknown) => TransactionState;
}

/** An error as the server sends it. */
export function serverError(code: string, facts: object = {}): Error {
  return Object.assign(new Error(`the server's words about ${code}`), { code, severity: 'ERROR', ...facts });
}

/** An engine without a database that keeps a log of what it was asked to do. */
export class FakeEngine implements Engine {
  readonly kind = 'postgres' as const;
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly log: string[] = [];
  readonly kysely: Kysely<FakeSchema>;
  readonly #script: FakeScript;
  #attempts = 0;

  constructor(clock: Clock, script: FakeScript = {}) {
    this.clock = clock;
    this.#script = script;
    const adapter = new PostgresAdapter();
    this.dialect = {
      createAdapter: () => adapter,
      createDriver: () => new DummyDriver(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    };
    registerEngine(adapter, this);
    this.kysely = new Kysely<FakeSchema>({ dialect: this.dialect });
  }

  verdictOf(error: unknown): Verdict | undefined {
    return classifyPostgres(error, this.clock.epochNow());
  }

  async begin(request: BeginRequest): Promise<OpenTransaction> {
    this.#attempts += 1;
    const attempt = this.#attempts;
    await this.#script.begin?.(request, attempt);
    this.log.push('begin');
    const { log } = this;
    const script = this.#script;
    const connection: DatabaseConnection = {
      async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
        log.push(query.sql);
        return { rows: ((await script.run?.(query.sql, attempt)) ?? []) as R[] };
      },
      streamQuery: async function* () {},
    };
    return {
      connection,
      stateAfter: (error) => script.stateAfter?.(error) ?? 'failed',
      commit: async () => {
        log.push('commit');
        return (await script.commit?.(attempt)) ?? { result: 'committed' };
      },
      rollback: async () => {
        log.push('rollback');
      },
      abandon: async () => {
        log.push('abandon');
      },
    };
  }
}
