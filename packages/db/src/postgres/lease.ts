import type { Clock } from '@resilient/core';
import { UnsafeIntegerError } from './integers.ts';
import type { PgClient, PgResult } from './pg.ts';
import { endsConnection, sqlStateOf } from './sql-state.ts';

/**
 * Errors after which another connection may do better, so that this one is not given back: a server that is no primary
 * any more, and plans that no longer fit.
 */
const STALE: ReadonlySet<string | undefined> = new Set(['25006', '26000', '0A000']);

/** The pool, as a lease sees it. */
export interface LeaseOwner {
  readonly clock: Clock;
  /** Takes the connection back; `sound` if it may be lent again. */
  takeBack(lease: Lease, sound: boolean): void;
  /** Told once, when the connection proves dead; not when it is closed on our side. */
  died(lease: Lease, error: unknown): void;
  /** Told of each statement that was answered, with its time in milliseconds. */
  ran(lease: Lease, text: string, ms: number): void;
  /** The error as the rest of the package is to see it. */
  translate(error: unknown): unknown;
}

/** What is known of a lease from the start. */
export interface LeaseFacts {
  readonly client: PgClient;
  readonly fresh: boolean;
  readonly waitedMs: number;
  /** Renames the holder in the list of those who have connections. */
  readonly rename: (name: string) => void;
}

/** A connection in somebody's hands: it knows whether it may be given back. */
export class Lease {
  readonly client: PgClient;
  /** `true` if it has just been opened, so that it cannot have died while idle. */
  readonly fresh: boolean;
  /** How long it was waited for, in milliseconds. */
  readonly waitedMs: number;
  readonly #rename: (name: string) => void;
  readonly #owner: LeaseOwner;
  #failure: unknown;
  /** Why it was taken from its holder; whatever the driver then says is a consequence. */
  #taken: Error | undefined;
  #broken = false;
  #stale = false;
  #running = 0;
  #returned = false;

  constructor(facts: LeaseFacts, owner: LeaseOwner) {
    this.client = facts.client;
    this.fresh = facts.fresh;
    this.waitedMs = facts.waitedMs;
    this.#rename = facts.rename;
    this.#owner = owner;
  }

  /** `true` once the connection is dead, or in a state that only its end settles. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Why it is broken. */
  get failure(): unknown {
    return this.#failure;
  }

  /** `true` while a statement waits for its answer. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Says what it is used for, in the list of holders. */
  nameHolder(name: string): void {
    this.#rename(name);
  }

  /** Marks it as not to be used again. */
  breakWith(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#failure = error;
    this.#owner.died(this, error);
  }

  /** Sends a statement; of several in one text the last one's result counts. */
  async query(text: string, values: readonly unknown[] = []): Promise<PgResult> {
    const result = await this.perform((client) => client.query(text, values), text);
    return (Array.isArray(result) ? result.at(-1) : result) as PgResult;
  }

  /**
   * Runs something on the client, and learns from its failure whether the connection may be used again; `text` is what
   * the log calls it if it is slow.
   */
  async perform<T>(use: (client: PgClient) => Promise<T>, text = 'begin'): Promise<T> {
    if (this.#broken) throw this.#failure;
    const { clock } = this.#owner;
    const startedAt = clock.now();
    this.#running += 1;
    try {
      return await use(this.client);
    } catch (thrown) {
      if (this.#taken) throw this.#taken;
      const error = this.#owner.translate(thrown);
      if (!(error instanceof UnsafeIntegerError) && endsConnection(error)) this.breakWith(error);
      if (STALE.has(sqlStateOf(error))) this.#stale = true;
      throw error;
    } finally {
      this.#running -= 1;
      this.#owner.ran(this, text, clock.now() - startedAt);
    }
  }

  /** Gives it back if it is idle and sound, else closes it. The second call does nothing. */
  release(): void {
    const sound = !this.#broken && !this.#stale && !this.busy && this.client.getTransactionStatus() === 'I';
    this.#giveBack(sound);
  }

  /** Closes it, unless it has been given back. */
  destroy(): void {
    this.#giveBack(false);
  }

  /** Takes it from its holder, whose statements throw the reason from now on, the running one too. */
  takeAway(reason: Error): void {
    if (this.#returned) return;
    this.#taken = reason;
    this.#broken = true;
    this.#failure = reason;
    this.#giveBack(false);
  }

  #giveBack(sound: boolean): void {
    if (this.#returned) return;
    this.#returned = true;
    if (!sound && !this.#broken) {
      // closed by us: that says nothing about the server
      this.#broken = true;
      this.#failure = new Error('the connection has been closed');
    }
    this.#owner.takeBack(this, sound);
  }
}
