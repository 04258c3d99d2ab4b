import { EventEmitter } from 'node:events';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import pg from 'pg';
import type { PgPool } from '../../src/postgres/pg.ts';
import { PostgresPool, type PostgresPoolOptions } from '../../src/postgres/pool.ts';
import { keepLog, type LogLines } from '../postgres/database.ts';
import { serverError } from '../unit/fake-engine.ts';

/** A client of a fake server, as pg.Pool uses one. */
export class FakeClient extends EventEmitter {
  readonly id: number;
  readonly server: FakeServer;
  readonly log: string[] = [];
  status = 'I';
  open = false;
  dead = false;
  silent = false;
  _queryable = true;
  _ending = false;
  readonly connection = { stream: { destroy: () => this.#close() } };

  constructor(server: FakeServer) {
    super();
    this.server = server;
    this.id = server.clients.push(this);
  }

  connect(callback: (error?: Error) => void): void {
    this.server.connects += 1;
    const settle = (): void => {
      this.open = !this.server.refusal;
      callback(this.server.refusal);
    };
    if (this.server.hanging) this.server.hanging.push(settle);
    else queueMicrotask(settle);
  }

  async query(text: string): Promise<unknown> {
    this.log.push(text);
    if (this.silent) await new Promise(() => {});
    const ms = this.server.answerMs;
    if (ms > 0) await this.server.clock.sleep(ms);
    if (this.dead) throw new Error('Connection terminated unexpectedly');
    const failure = this.server.failures.shift();
    if (failure) throw failure;
    const command = text.split(/[ ;]/)[0]?.toUpperCase() ?? '';
    if (command === 'BEGIN') this.status = 'T';
    if (command === 'COMMIT' || command === 'ROLLBACK') this.status = 'I';
    return { command, rowCount: 0, rows: [] };
  }

  getTransactionStatus(): string {
    return this.status;
  }

  isConnected(): boolean {
    return this.open;
  }

  /** The server, or the network, ends it. */
  die(error: Error = new Error('Connection terminated unexpectedly')): void {
    this.dead = true;
    this._queryable = false;
    this.emit('error', error);
    this.#close();
  }

  end(callback?: () => void): void {
    this._ending = true;
    if (this.silent) return;
    this.#close();
    callback?.();
  }

  ref(): void {}

  unref(): void {}

  #close(): void {
    if (!this.open) return;
    this.open = false;
    this.emit('end');
  }
}

/** What stands in for a server: it counts, refuses, hangs and falls silent as told. */
export class FakeServer {
  readonly clock: VirtualClock = createVirtualClock();
  readonly clients: FakeClient[] = [];
  readonly log: LogLines = keepLog();
  readonly failures: Error[] = [];
  refusal: Error | undefined;
  /** While it is set, connects wait here. */
  hanging: (() => void)[] | undefined;
  connects = 0;
  answerMs = 0;

  /** Connections open on the server. */
  get open(): number {
    return this.clients.filter((client) => client.open).length;
  }

  /** The server is gone: nobody gets in, and who was in finds out at the next statement. */
  stop(): void {
    this.refusal = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    for (const client of this.clients) client.dead = true;
  }

  start(): void {
    this.refusal = undefined;
  }

  /** Lets the connects that hang go on. */
  letIn(): void {
    const waiting = this.hanging ?? [];
    this.hanging = undefined;
    for (const settle of waiting) settle();
  }

  /** Our pool on a pg.Pool whose clients are this server's. */
  pool(options: Partial<PostgresPoolOptions> = {}): PostgresPool {
    const server = this;
    class Client extends FakeClient {
      constructor() {
        super(server);
      }
    }
    const { size = 5, overflow = 0 } = options;
    const max = options.max ?? size + overflow;
    // as an option: pg's own Pool does not hand on a second argument
    const inner = new pg.Pool({ max, idleTimeoutMillis: 0, Client: Client as never }) as unknown as PgPool;
    const { clock, log } = this;
    const sizes = options.max === undefined ? { size, overflow } : {};
    return new PostgresPool(inner, {
      ...{ clock, name: 'school', logger: log, random: () => 0 },
      ...sizes,
      ...options,
    });
  }
}

export { serverError };
