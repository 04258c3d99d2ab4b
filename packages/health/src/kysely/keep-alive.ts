/** What is needed of a client of node-postgres. */
interface Client {
  on(event: 'error', listener: () => void): unknown;
}

/** What is needed of its pool. */
interface ClientPool {
  on(event: 'connect' | 'acquire' | 'error', listener: (client: Client) => void): unknown;
}

const kept = new WeakSet<object>();

/**
 * Keeps the process alive when a connection of node-postgres' `Pool` dies: the pool takes its own `'error'` listener
 * away while a client is lent, and an `'error'` that nobody hears ends the process. The statement under way still
 * rejects. What is no such pool is left alone.
 */
export function keepAlive(pool: object): void {
  const given = pool as Partial<ClientPool>;
  if (typeof given.on !== 'function' || kept.has(pool)) return;
  kept.add(pool);
  const clients = new WeakSet<object>();
  const listen = (client: Client): void => {
    if (clients.has(client)) return;
    clients.add(client);
    client.on('error', () => undefined);
  };
  given.on('connect', listen);
  given.on('acquire', listen);
  given.on('error', () => undefined);
}
