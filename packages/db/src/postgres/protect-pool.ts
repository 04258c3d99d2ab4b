import { checkType, refuse } from '@resilient/core';

/** What {@link protectPool} needs of a client. */
export interface ProtectableClient {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What {@link protectPool} needs of a pool: pg's own `Pool` fits. */
export interface ProtectablePool {
  on(event: 'connect' | 'acquire', listener: (client: ProtectableClient) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const pools = new WeakSet<object>();

/**
 * Keeps the process alive when a connection of a `pg.Pool` of yours dies: pg takes its own `'error'` listener away while
 * a client is lent, and an `'error'` event that nobody hears ends the process. Each client gets a listener for life,
 * also those that were opened before; one that is lent at this moment gets it when it is next taken. The statement under
 * way still rejects. Calling it twice changes nothing. Answers the pool.
 *
 * @throws TypeError if it is no pool
 * @example
 * ```ts
 * import { protectPool } from '@resilient/db';
 * import pg from 'pg';
 *
 * const pool = protectPool(new pg.Pool({ connectionString: process.env.DATABASE_URL }));
 * ```
 */
export function protectPool<P extends ProtectablePool>(pool: P): P {
  checkType('pool', pool, 'object');
  if (typeof pool.on !== 'function') throw refuse('pool', 'a pg.Pool', pool);
  if (pools.has(pool)) return pool;
  pools.add(pool);
  const clients = new WeakSet<object>();
  const protect = (client: ProtectableClient): void => {
    if (clients.has(client)) return;
    clients.add(client);
    client.on('error', () => {});
  };
  pool.on('connect', protect);
  pool.on('acquire', protect);
  pool.on('error', () => {});
  return pool;
}
