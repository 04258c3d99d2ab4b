import {
  CompiledQuery,
  ControlledTransaction,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
} from '../kysely.ts';
import type { Gate } from '../unit/gate.ts';
import { UnitRuleError } from '../unit/unit-rule-error.ts';

/** A controlled transaction of Kysely's that runs on the gate: savepoints pass, its end is the unit's business. */
export function controlledOn<DB>(target: Kysely<DB>, gate: Gate): ControlledTransaction<DB> {
  const executor = target
    .getExecutor()
    .withConnectionProvider({ provideConnection: (consumer) => consumer(gate) });
  const dialect = dialectLike(executor.adapter);
  return new ControlledTransaction<DB>({
    config: { dialect },
    dialect,
    driver: new GateDriver() as never,
    executor,
    connection: { connection: gate, release: () => {} },
    transactionState: { status: 'active' },
  });
}

/** What a transaction asks a dialect for: how to read the tables. */
function dialectLike(adapter: DialectAdapter): Dialect {
  return {
    createAdapter: () => adapter,
    createDriver: () => new GateDriver(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => {
      if (adapter instanceof PostgresAdapter) return new PostgresIntrospector(db);
      if (adapter instanceof SqliteAdapter) return new SqliteIntrospector(db);
      throw new UnitRuleError('the tables of this dialect are read outside of a unit of work');
    },
  };
}

const refuseEnd = async (): Promise<never> => {
  throw new UnitRuleError(
    'commit() and rollback() were refused inside a unit of work: the unit ends its transaction itself (savepoints are allowed)',
  );
};

/** Sends savepoints by the gate, and nothing else. */
class GateDriver implements Driver {
  readonly init = async (): Promise<void> => {};
  readonly destroy = async (): Promise<void> => {};
  readonly acquireConnection = refuseEnd;
  readonly releaseConnection = async (): Promise<void> => {};
  readonly beginTransaction = refuseEnd;
  readonly commitTransaction = refuseEnd;
  readonly rollbackTransaction = refuseEnd;

  readonly savepoint = (connection: DatabaseConnection, name: string): Promise<void> =>
    send(connection, `savepoint ${quoted(name)}`);

  readonly rollbackToSavepoint = (connection: DatabaseConnection, name: string): Promise<void> =>
    send(connection, `rollback to savepoint ${quoted(name)}`);

  readonly releaseSavepoint = (connection: DatabaseConnection, name: string): Promise<void> =>
    send(connection, `release savepoint ${quoted(name)}`);
}

async function send(connection: DatabaseConnection, sql: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(sql));
}

/** Plain names stay as they are: not every engine quotes alike. */
function quoted(name: string): string {
  return /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
