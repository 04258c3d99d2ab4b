import type {
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  Kysely,
  QueryCompiler,
} from '../kysely.ts';
import { SqliteIntrospector } from '../kysely.ts';
import { type DriverParts, QueuedSqliteDriver } from './driver.ts';
import { PortableQueryCompiler } from './query-compiler.ts';

/** Kysely's dialect over one opened database; all of its instances share the driver's queue and the one adapter. */
export class QueuedSqliteDialect implements Dialect {
  readonly #driver: QueuedSqliteDriver;
  readonly #adapter: DialectAdapter;

  constructor(parts: DriverParts, adapter: DialectAdapter) {
    this.#driver = new QueuedSqliteDriver(parts);
    this.#adapter = adapter;
  }

  createDriver(): Driver {
    // Kysely hands its driver the connections that this very driver gave out.
    return this.#driver as Driver;
  }

  createQueryCompiler(): QueryCompiler {
    return new PortableQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return this.#adapter;
  }

  createIntrospector(db: Kysely<never>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}
