import type { Clock, Logger } from '@resilient/core';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { ConnectionHolder } from './connection-host.ts';
import { GiveWay } from './give-way.ts';
import type { GroupWriter } from './group-writer.ts';
import type { SqliteHandle } from './handle.ts';
import type { LockWait } from './lock-wait.ts';
import { Pacer } from './pacer.ts';
import { SlowHolder } from './slow-holder.ts';
import { StatementCache } from './statement-cache.ts';
import type { UnitGroup } from './unit-group.ts';
import { SqliteWitness } from './witness.ts';
import { type TurnRequest, WriterQueue } from './writer-queue.ts';
import type { WriterWatch } from './writer-watch.ts';

const OWN =
  "select exists (select 1 from sqlite_temp_schema) or exists (select 1 from pragma_database_list where name not in ('main', 'temp')) as own";

const DEFERS = "select exists (select 1 from sqlite_schema where sql like '%initially%deferred%') as defers";

/** What a {@link Writer} is made of. */
export interface WriterParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  /** Opens the file, ready for use. */
  readonly open: () => Promise<SqliteHandle>;
  /** How integers of 64 bits are given out. */
  readonly int8: IntegerForm;
  /** Whether units may be committed together. */
  readonly groups: boolean;
  /** Whether a closed connection can be opened again: not where the database lives in its memory. */
  readonly reopens: boolean;
}

/** The one connection to a database, and what stands before it: the queue, the lock and the pacer. */
export class Writer implements GroupWriter<UnitGroup> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  readonly pacer: Pacer;
  readonly giveWay: GiveWay;
  readonly slowHolder: SlowHolder;
  readonly queue: WriterQueue<UnitGroup>;
  /** Whether units may be committed together. */
  readonly groups: boolean;
  readonly witness: SqliteWitness | undefined;
  /** Called when the connection is free, before the next one has it. */
  onFree: (() => void) | undefined;
  holder: ConnectionHolder | undefined;
  /** Told of every turn that is taken. */
  watch: WriterWatch | undefined;
  readonly #open: () => Promise<SqliteHandle>;
  readonly #int8: IntegerForm;
  #reopens: boolean;
  #abandoned = false;
  #handle: SqliteHandle;
  #mayHaveOwn = false;
  #schemaVersion: bigint | undefined;
  #defers = false;
  #statements: StatementCache;

  constructor(parts: WriterParts, handle: SqliteHandle) {
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.lock = parts.lock;
    this.pacer = new Pacer(parts.clock);
    this.giveWay = new GiveWay(parts.clock, parts.lock);
    this.slowHolder = new SlowHolder(parts.clock, parts.logger, this.pacer);
    this.queue = new WriterQueue(parts.clock);
    this.groups = parts.groups;
    this.witness = parts.reopens ? new SqliteWitness(parts) : undefined;
    this.#open = parts.open;
    this.#reopens = parts.reopens;
    this.#handle = handle;
    this.#int8 = parts.int8;
    this.#statements = new StatementCache(handle, parts.int8);
  }

  get handle(): SqliteHandle {
    return this.#handle;
  }

  get statements(): StatementCache {
    return this.#statements;
  }

  /**
   * Whether it may have temporary tables or attached files, which other connections do not see. Asked again as long as a
   * statement that could have made some has been run.
   */
  get hasOwn(): boolean {
    if (!this.#mayHaveOwn || this.#handle.inTransaction || !this.#handle.open) return this.#mayHaveOwn;
    const [row] = this.#statements.get(OWN).statement.all([]) as { own: bigint }[];
    this.#mayHaveOwn = row?.own !== 0n;
    return this.#mayHaveOwn;
  }

  /**
   * Whether a table has a key that is checked at COMMIT only, or may have one: a later unit of the same transaction would
   * mend what an earlier one violated.
   */
  get mayDefer(): boolean {
    if (this.#mayHaveOwn) return true;
    const [row] = this.#statements.get('pragma schema_version').statement.all([]) as {
      schema_version: bigint;
    }[];
    if (row?.schema_version !== this.#schemaVersion) {
      this.#schemaVersion = row?.schema_version;
      const [found] = this.#statements.get(DEFERS).statement.all([]) as { defers: bigint }[];
      this.#defers = found?.defers !== 0n;
    }
    return this.#defers;
  }

  /** Looks at a statement that was run and is no plain query. */
  noteDefinition(sql: string): void {
    if (/\b(?:temp|temporary|attach)\b/i.test(sql)) this.#mayHaveOwn = true;
  }

  /** Waits for the connection, alone; whoever gets it must call `giveBack`. */
  async enter(request: TurnRequest): Promise<void> {
    await this.queue.enter(request);
    await this.ready();
  }

  /** Whoever got it from the queue alone waits for this: it is opened again if it was given up. */
  ready(): Promise<void> | undefined {
    this.watch?.taken();
    return this.#abandoned && this.#reopens ? this.#openAgain() : undefined;
  }

  async #openAgain(): Promise<void> {
    try {
      this.#handle = await this.#open();
      this.#abandoned = false;
      this.#statements = new StatementCache(this.#handle, this.#int8);
    } catch (error) {
      this.queue.leave();
      throw error;
    }
  }

  giveBack(): void {
    this.onFree?.();
    this.queue.leave();
  }

  /** Closes the connection for good; a transaction that is still open is rolled back by SQLite. */
  close(): void {
    this.#reopens = false;
    this.#handle.close();
  }

  giveUp(): void {
    if (!this.#reopens) return;
    this.#abandoned = true;
    try {
      this.#handle.close();
    } catch {
      // it is not used again
    }
  }
}
