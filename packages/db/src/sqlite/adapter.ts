import { SqliteAdapter } from '../kysely.ts';

/** Kysely's adapter, without its mutex in front of the one connection: our queue is abortable, and wakes one waiter only. */
export class QueuedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
