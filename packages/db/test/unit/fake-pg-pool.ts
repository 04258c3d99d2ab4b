import { EventEmitter } from 'node:events';
import type { PgClient, PgPool, PgResult } from '../../src/postgres/pg.ts';

/** A client without a server: it answers by script, and remembers what it was asked. */
export class FakePgClient extends EventEmitter implements PgClient {
  readonly host = '127.0.0.1';
  readonly port = 1;
  readonly processID = null;
  readonly secretKey = null;
  readonly id: number;
  readonly log: string[] = [];
  status: string | null = 'I';
  dead = false;
  readonly #onRelease: (client: FakePgClient, destroy: boolean) => void;

  constructor(id: number, onRelease: (client: FakePgClient, destroy: boolean) => void) {
    super();
    this.id = id;
    this.#onRelease = onRelease;
  }

  async query(text: string): Promise<PgResult> {
    this.log.push(text);
    if (this.dead) throw new Error('Connection terminated unexpectedly');
    const command = text.split(' ')[0]?.toUpperCase() ?? '';
    if (command === 'BEGIN') this.status = 'T';
    if (command === 'COMMIT' || command === 'ROLLBACK') this.status = 'I';
    return { command, rowCount: 0, rows: [] };
  }

  getTransactionStatus(): string | null {
    return this.status;
  }

  release(destroy: boolean): void {
    this.#onRelease(this, destroy);
  }
}

/** A pool of such clients; `connect` waits for `gate` if one is set. */
export class FakePgPool extends EventEmitter implements PgPool {
  readonly clients: FakePgClient[] = [];
  readonly idle: FakePgClient[] = [];
  readonly destroyed: number[] = [];
  gate: Promise<void> | undefined;
  onConnect: () => void = () => {};
  ended = 0;

  get totalCount(): number {
    return this.clients.length - this.destroyed.length;
  }

  get idleCount(): number {
    return this.idle.length;
  }

  async connect(): Promise<PgClient> {
    this.onConnect();
    await this.gate;
    const idle = this.idle.pop();
    if (idle) return idle;
    const client = new FakePgClient(this.clients.length + 1, (one, destroy) => {
      if (destroy) {
        this.destroyed.push(one.id);
        one.emit('end');
      } else this.idle.push(one);
    });
    this.clients.push(client);
    this.emit('connect', client);
    return client;
  }

  async end(): Promise<void> {
    this.ended += 1;
  }
}
