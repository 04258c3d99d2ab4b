import { randomUUID } from 'node:crypto';
import type { Clock } from '@resilient/core';
import type { CommitAnswer } from '../engine/engine.ts';
import type { Settled } from '../settle/question.ts';
import { WITNESS_HOURS } from '../settle/witness.ts';
import { LATE, within } from '../time/within.ts';
import { UnitRuleError } from '../unit/unit-rule-error.ts';
import type { SqliteConnection } from './connection.ts';
import type { SqliteHandle } from './handle.ts';
import type { LockWait } from './lock-wait.ts';
import type { StatementCache } from './statement-cache.ts';

const HOUR_MS = 3_600_000;
/** Between two questions to a disk that fails. */
const PAUSE_MS = 100;
/** Rows too old to be asked for go a few at a time, twice as fast as they come. */
const PRUNE_EVERY = 64;
const PRUNE_ROWS = 128;

const WRITE = 'insert into resilient_witness (id) values (?)';

const PRUNE = `delete from resilient_witness where id in (select id from resilient_witness where id < ? order by id limit ${PRUNE_ROWS})`;

/** What was found is written again, so that its own COMMIT makes sure that the disk has it. */
const ASK = `insert into resilient_witness (id, refused) values (?, 1)
  on conflict (id) do update set written_at = strftime('%Y-%m-%d %H:%M:%f', 'now') returning refused`;

/** A row that a transaction has written of itself. */
interface WrittenWitness {
  readonly id: string;
  /** Wall time. */
  readonly writtenAt: number;
}

/** One COMMIT. */
export interface WitnessedCommit {
  readonly connection: SqliteConnection;
  /** The statements of its connection. */
  readonly statements: StatementCache;
  /** On the clock; a lock that is in the way is waited for until then. */
  readonly deadline: number;
  /** How long it may take to find out what became of it, in milliseconds. */
  readonly settleMs: number;
}

/** What {@link SqliteWitness} needs. */
export interface SqliteWitnessParts {
  readonly clock: Clock;
  readonly lock: LockWait;
  /** Opens a fresh connection to the file. */
  readonly open: () => Promise<SqliteHandle>;
}

/**
 * Settles COMMITs that ended in an error of the disk, after which nobody knows what the file holds: by a row that the
 * transaction wrote, asked for on a fresh connection. One row serves all units of a transaction.
 */
export class SqliteWitness {
  readonly #parts: SqliteWitnessParts;
  #written = 0;

  constructor(parts: SqliteWitnessParts) {
    this.#parts = parts;
  }

  /** Commits, and finds out what happened if nobody can know. Never rejects. */
  async commit({ connection, statements, deadline, settleMs }: WitnessedCommit): Promise<CommitAnswer> {
    // outside of a transaction the row would be a commit of its own, and say so of a unit that is not there
    if (!connection.inTransaction) return connection.commit(deadline);
    let witness: WrittenWitness;
    try {
      witness = this.#write(statements);
    } catch (error) {
      connection.rollback();
      return { result: 'rolled-back', error };
    }
    const answer = await connection.commit(deadline);
    if (answer.result !== 'unknown') return answer;
    const settled = await this.#settle(witness, this.#parts.clock.now() + settleMs);
    if (settled === 'committed') return { result: 'committed' };
    return settled === 'rolled-back' ? { result: 'rolled-back', error: answer.error } : answer;
  }

  /**
   * Writes the row of the transaction that is open, right before its COMMIT.
   *
   * @throws UnitRuleError if the table is missing; SQLite's own error
   */
  #write(statements: StatementCache): WrittenWitness {
    const writtenAt = this.#parts.clock.epochNow();
    const id = `${timePrefix(writtenAt)}-7${randomUUID().slice(15)}`;
    try {
      statements.get(WRITE).statement.run([id]);
      this.#written += 1;
      if (this.#written % PRUNE_EVERY === 0)
        statements.get(PRUNE).statement.run([timePrefix(writtenAt - WITNESS_HOURS * HOUR_MS)]);
    } catch (error) {
      throw explained(error);
    }
    return { id, writtenAt };
  }

  /**
   * Answers what became of the transaction, by writing its row: if that works and the row was not there, it has not been
   * committed, and never can be. `unknown` when that cannot be said until the deadline. Never rejects.
   */
  async #settle(witness: WrittenWitness, deadline: number): Promise<Settled> {
    const { clock } = this.#parts;
    for (;;) {
      const settled = await this.#ask(witness, deadline);
      if (settled) return settled;
      if (clock.now() + PAUSE_MS >= deadline) return 'unknown';
      await clock.sleep(PAUSE_MS);
    }
  }

  async #ask({ id, writtenAt }: WrittenWitness, deadline: number): Promise<Settled | undefined> {
    const { clock, lock } = this.#parts;
    let handle: SqliteHandle | undefined;
    try {
      const opened = await this.#openUntil(deadline);
      handle = opened;
      const step = (): unknown[] => {
        // One that may have been pruned says nothing by its absence.
        if (Math.abs(clock.epochNow() - writtenAt) >= WITNESS_HOURS * HOUR_MS) return [];
        return opened.prepare(ASK).all([id]);
      };
      const [row] = (await lock.run(step, { arrivedAt: clock.now(), deadline })) as { refused: number }[];
      if (!row) return 'unknown';
      return row.refused === 1 ? 'rolled-back' : 'committed';
    } catch {
      return undefined;
    } finally {
      close(handle);
    }
  }

  async #openUntil(deadline: number): Promise<SqliteHandle> {
    const { clock, open } = this.#parts;
    const opening = open();
    const opened = await within(clock, deadline - clock.now(), opening);
    if (opened !== LATE) return opened;
    opening.then(close, () => {});
    throw new Error('the file could not be opened in time');
  }
}

function close(handle: SqliteHandle | undefined): void {
  try {
    handle?.close();
  } catch {
    // it is not used again
  }
}

/** The beginning of a UUID of version 7: rows are in the order of their time, so that the oldest are found at once. */
function timePrefix(epochMs: number): string {
  const hex = Math.trunc(epochMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

function explained(error: unknown): unknown {
  const { message = '' } = error as { message?: string };
  if (!message.includes('no such table: resilient_witness')) return error;
  return new UnitRuleError(
    'the table resilient_witness is missing: open the database with `witness: true`, or make it by the text of witnessSql()',
    { cause: error },
  );
}
