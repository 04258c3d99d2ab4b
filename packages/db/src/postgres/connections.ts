import type { Clock, TimerHandle } from '@resilient/core';
import { type PoolSettings, RECYCLE_JITTER } from '../pool/defaults.ts';
import type { PoolFigures } from '../pool/figures.ts';
import { ageOf, type Instant, instantOf } from '../pool/instant.ts';
import { LATE, within } from '../time/within.ts';
import { losesServer, meansOutage, translatePooler } from './lost-server.ts';
import type { PgClient, PgPool, PgResult } from './pg.ts';
import type { PgConnectHook } from './pg-session.ts';

/** How long connections may take to end in order. */
const FAREWELL_MS = 1_000;

/** The cheapest question there is: an empty statement. */
const PING = ';';

/** A connection could not be opened, and another one could not either. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super('the server cannot be reached', { cause });
    this.name = 'UnreachableError';
  }
}

/** A connection to be lent; `fresh` if it has just been opened. */
export interface LentConnection {
  readonly client: PgClient;
  readonly fresh: boolean;
}

/** What is known of one connection. */
interface ConnectionRecord {
  /** From just before it was opened. */
  readonly born: Instant;
  readonly maxAgeMs: number;
  readonly generation: number;
  idleSince: Instant;
}

/** What {@link Connections} work with. */
export interface ConnectionsOptions {
  readonly clock: Clock;
  readonly settings: PoolSettings;
  readonly random: () => number;
  readonly pooler: boolean;
  readonly figures: PoolFigures;
  /** Told when a client dies, lent or not. */
  readonly onDeath: (client: PgClient, error: unknown) => void;
  /** Called with each new connection; one that it refuses is closed. */
  readonly onConnect?: PgConnectHook | undefined;
  /** Told when a connection has ended. */
  readonly onEnd: () => void;
}

/** The connections of a pg.Pool, with what decides whether one is used again: its age, its generation, its answer. */
export class Connections {
  readonly #pool: PgPool;
  readonly #options: ConnectionsOptions;
  readonly #records = new Map<PgClient, ConnectionRecord>();
  readonly #farewells = new Map<PgClient, TimerHandle>();
  readonly #clients = new Set<PgClient>();
  #generation = 0;
  #warming = false;

  constructor(pool: PgPool, options: ConnectionsOptions) {
    this.#pool = pool;
    this.#options = options;
    // for life: pg-pool takes its own listener away while a client is lent, and an 'error' without one ends the process
    pool.on('connect', (client) => {
      this.#clients.add(client);
      client.on('error', (error) => options.onDeath(client, error));
      client.on('end', () => {
        options.onDeath(client, new Error('the connection has ended'));
        this.#forget(client);
        options.onEnd();
      });
    });
    // a client that dies while idle: pg-pool has removed it
    pool.on('error', (error, client) => {
      if (client && losesServer(error, options.clock.epochNow())) this.invalidate(client);
    });
  }

  /** Connections open, those that are being opened included. */
  get size(): number {
    return this.#pool.totalCount;
  }

  get idle(): number {
    return this.#pool.idleCount;
  }

  /**
   * Takes the connection that was used last, or opens one. Those that are too old, or of a time before the server was
   * lost, are closed; with `ping`, one that was idle for a while is asked first.
   *
   * @throws UnreachableError (rejects) if the server cannot be reached, else the driver's error
   */
  async take(ping: boolean): Promise<LentConnection> {
    const { settings, figures, clock, pooler } = this.#options;
    for (;;) {
      const born = instantOf(clock);
      const generation = this.#generation;
      const client = await this.#open();
      const record = this.#records.get(client);
      if (!record) {
        await this.#greet(client);
        this.#add(client, born, generation);
        return { client, fresh: !pooler };
      }
      if (record.generation !== this.#generation || ageOf(clock, record.born) > record.maxAgeMs) {
        figures.recycled += 1;
        this.#discard(client);
      } else if (
        ping &&
        ageOf(clock, record.idleSince) > settings.pingAfterMs &&
        !(await this.#answers(client))
      ) {
        figures.pingFailures += 1;
        this.invalidate(client);
        this.#discard(client);
      } else return { client, fresh: false };
    }
  }

  /** Opens a connection, asks it, and keeps it for the next caller. Rejects as {@link take}. */
  async probe(): Promise<void> {
    const { client } = await this.take(false);
    const answered = await this.#answers(client);
    this.takeBack(client, answered);
    if (!answered) throw new UnreachableError(new Error('Connection terminated unexpectedly'));
  }

  /** Takes a connection back, to be lent again or closed. */
  takeBack(client: PgClient, keep: boolean): void {
    const record = this.#records.get(client);
    if (!keep || record?.generation !== this.#generation) {
      this.#discard(client);
      return;
    }
    record.idleSince = instantOf(this.#options.clock);
    client.release(false);
  }

  /** The server was lost: no connection that was opened before now is used again. */
  invalidate(because: PgClient): void {
    // what was known already changes nothing: connections that have been opened since are good
    const { generation } = this.#records.get(because) ?? {};
    if (generation === this.#generation) this.#generation += 1;
  }

  /** Opens connections until `min` are there, as long as `enter` has a place for one. Rejects as {@link take}. */
  async warm(min: number, enter: () => boolean, leave: () => void): Promise<void> {
    if (this.#warming) return;
    this.#warming = true;
    const taken: PgClient[] = [];
    let places = 0;
    try {
      while (this.size < min && enter()) {
        places += 1;
        taken.push((await this.take(false)).client);
      }
    } finally {
      this.#warming = false;
      for (const client of taken) this.takeBack(client, true);
      for (; places > 0; places -= 1) leave();
    }
  }

  /** Closes all of them; those that do not end in time are cut. */
  async close(): Promise<void> {
    // a server that has fallen silent answers no farewell
    const ended = await within(this.#options.clock, FAREWELL_MS, this.#pool.end());
    if (ended === LATE) for (const client of this.#clients) cut(client);
    for (const timer of this.#farewells.values()) this.#options.clock.clearTimer(timer);
  }

  async #open(): Promise<PgClient> {
    try {
      return await this.#pool.connect();
    } catch (thrown) {
      const { pooler, clock } = this.#options;
      const error = pooler ? translatePooler(thrown) : thrown;
      throw meansOutage(error, clock.epochNow()) ? new UnreachableError(error) : error;
    }
  }

  /** @throws what `onConnect` throws (rejects) */
  async #greet(client: PgClient): Promise<void> {
    const { onConnect } = this.#options;
    if (!onConnect) return;
    const query = async (text: string, values: readonly unknown[] = []): Promise<{ rows: never[] }> => {
      const result = await client.query(text, values);
      return { rows: [...((Array.isArray(result) ? result.at(-1) : result) as PgResult).rows] as never[] };
    };
    try {
      await onConnect({ query });
    } catch (error) {
      this.#discard(client);
      throw error;
    }
  }

  #add(client: PgClient, born: Instant, generation: number): void {
    const { settings, random, figures } = this.#options;
    const maxAgeMs = settings.recycleMs * (1 - RECYCLE_JITTER * random());
    this.#records.set(client, { born, maxAgeMs, generation, idleSince: born });
    figures.created += 1;
  }

  async #answers(client: PgClient): Promise<boolean> {
    const { clock, settings } = this.#options;
    try {
      return (await within(clock, settings.pingTimeoutMs, client.query(PING, []))) !== LATE;
    } catch {
      return false;
    }
  }

  #discard(client: PgClient): void {
    this.#records.delete(client);
    const { clock } = this.#options;
    if (this.#clients.has(client)) {
      const cutIt = (): void => cut(client);
      this.#farewells.set(client, clock.setTimer(cutIt, FAREWELL_MS, { background: true }));
    }
    client.release(true);
  }

  #forget(client: PgClient): void {
    this.#clients.delete(client);
    this.#records.delete(client);
    this.#options.clock.clearTimer(this.#farewells.get(client));
    this.#farewells.delete(client);
  }
}

function cut(client: PgClient): void {
  client.connection?.stream.destroy();
}
