/** A new connection to PostgreSQL, as `onConnect` is given it. */
export interface PgSession {
  /** Runs a statement, outside of a transaction. @throws the driver's error (rejects) */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[] }>;
}

/** Called with each new connection before its first use. */
export type PgConnectHook = (session: PgSession) => unknown;
