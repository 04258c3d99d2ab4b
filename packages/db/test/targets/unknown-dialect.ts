import { type DialectAdapter, PostgresAdapter, PostgresDialect } from 'kysely';

/** Kysely's interface alone: nothing tells which engine it is. */
class UnknownAdapter implements DialectAdapter {
  readonly #inner = new PostgresAdapter();
  readonly supportsCreateIfNotExists = true;
  readonly supportsMultipleConnections = true;
  readonly supportsTransactionalDdl = true;
  readonly supportsReturning = true;
  readonly supportsOutput = false;

  acquireMigrationLock(...given: Parameters<PostgresAdapter['acquireMigrationLock']>): Promise<void> {
    return this.#inner.acquireMigrationLock(...given);
  }

  releaseMigrationLock(...given: Parameters<PostgresAdapter['releaseMigrationLock']>): Promise<void> {
    return this.#inner.releaseMigrationLock(...given);
  }
}

/** A dialect of somebody else's, as far as can be told. */
export class UnknownDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new UnknownAdapter() as unknown as PostgresAdapter;
  }
}
