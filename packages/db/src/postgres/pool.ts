import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, publish, withoutDeadline } from '@resilient/core';
import type { DatabaseStats } from '../engine/opened.ts';
import { PoolError } from '../engine/pool-error.ts';
import { Lease } from './lease.ts';
import type { PgClient, PgPool } from './pg.ts';
import { WaitingLine } from './waiting-line.ts';
import { LATE, within } from './within.ts';

/** The context in which this module was loaded: a connection must not carry its first caller's context to others. */
const outside = AsyncLocalStorage.snapshot();

/** How long connections may take to end in order. */
const FAREWELL_MS = 1_000;

/** A pg.Pool behind a bounded, abortable wait of its own, whose clients never crash the process. */
export class PostgresPool {
  readonly #pool: PgPool;
  readonly #line: WaitingLine;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #limit: number;
  readonly #leases = new Map<PgClient, Lease>();
  readonly #clients = new Set<PgClient>();
  readonly #known = new WeakSet<PgClient>();
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #exhausted = false;

  constructor(pool: PgPool, options: { readonly clock: Clock; readonly name: string; readonly max: number }) {
    this.#pool = pool;
    this.#clock = options.clock;
    this.#name = options.name;
    this.#limit = options.max;
    this.#line = new WaitingLine(options.max, options.clock);
    // for life: pg-pool takes its own listener away while a client is lent, and an 'error' without one ends the process
    pool.on('connect', (client) => {
      this.#clients.add(client);
      client.on('error', (error) => this.#leases.get(client)?.breakWith(error));
      client.on('end', () => this.#clients.delete(client));
      client.on('end', () => this.#leases.get(client)?.breakWith(new Error('the connection has ended')));
    });
    pool.on('error', () => {}); // a client that dies while idle: pg-pool has removed it
  }

  /** Connections open, lent and waited for. */
  get stats(): DatabaseStats {
    return {
      size: this.#pool.totalCount,
      idle: this.#pool.idleCount,
      inUse: this.#leases.size,
      waiting: this.#line.waiting,
      limit: this.#limit,
    };
  }

  /**
   * Lends a connection.
   *
   * @throws PoolError `POOL_EXHAUSTED` (rejects) at the deadline, `CLOSED` after `close`
   * @throws the driver's error (rejects) if a new connection cannot be opened, or the signal's reason
   */
  async acquire(deadline: number, signal: AbortSignal | undefined): Promise<Lease> {
    this.#refuseClosed();
    const startedAt = this.#clock.now();
    if (!(await this.#line.enter(deadline, signal))) {
      this.#tell('exhausted');
      throw this.#exhaustedAfter(startedAt, 'was free');
    }
    let client: PgClient | typeof LATE;
    const connecting = outside(() => withoutDeadline(() => this.#pool.connect()));
    try {
      this.#refuseClosed();
      client = await within(this.#clock, deadline - this.#clock.now(), connecting, signal);
      if (client === LATE) throw this.#exhaustedAfter(startedAt, 'could be opened');
    } catch (error) {
      this.#leaveWhenSettled(connecting);
      throw error;
    }
    this.#tell('ok');
    const lent = client;
    const lease = new Lease(lent, !this.#known.has(lent), () => this.#returned(lent));
    this.#known.add(lent);
    this.#leases.set(lent, lease);
    return lease;
  }

  /** Refuses new callers, waits for those that have a connection, then closes all; what is lent after `timeoutMs` is cut. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    if (this.#leases.size > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      await within(this.#clock, timeoutMs, drained);
    }
    for (const lease of [...this.#leases.values()]) lease.destroy();
    // a server that has fallen silent answers no farewell
    if ((await within(this.#clock, FAREWELL_MS, this.#pool.end())) !== LATE) return;
    for (const client of this.#clients) client.connection?.stream.destroy();
  }

  #returned(client: PgClient): void {
    this.#leases.delete(client);
    this.#line.leave();
    if (this.#leases.size === 0) this.#drained?.();
  }

  /** The caller is gone, the connection is not: its place is free when it has come, or failed to. */
  #leaveWhenSettled(connecting: Promise<PgClient>): void {
    connecting.then(
      (client) => {
        client.release(false);
        this.#line.leave();
      },
      () => this.#line.leave(),
    );
  }

  #refuseClosed(): void {
    if (this.#closing) throw new PoolError('CLOSED', `the database "${this.#name}" has been closed`);
  }

  #exhaustedAfter(startedAt: number, what: string): PoolError {
    const ms = Math.round(this.#clock.now() - startedAt);
    const { inUse, waiting, limit } = this.stats;
    return new PoolError(
      'POOL_EXHAUSTED',
      `no connection to "${this.#name}" ${what} within ${ms} ms: ${inUse} of ${limit} in use, ${waiting} more waiting`,
    );
  }

  #tell(state: 'ok' | 'exhausted'): void {
    const exhausted = state === 'exhausted';
    if (exhausted === this.#exhausted) return;
    this.#exhausted = exhausted;
    const { inUse, waiting, limit } = this.stats;
    publish({ kind: 'pool', name: this.#name, package: 'db', state, inUse, waiting, limit });
  }
}
