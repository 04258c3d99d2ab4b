import { loopTurn } from '@resilient/core';
import type { BeginRequest, CommitAnswer } from '../engine/engine.ts';
import { SqliteConnection } from './connection.ts';
import { GroupMember, ROLLED_BACK } from './group-member.ts';
import type { GroupWriter } from './group-writer.ts';
import { WORK_MS } from './pacer.ts';

/** Units in one transaction at most: what a failed COMMIT makes run again one by one. */
const MOST = 256;

/**
 * Units of work in one transaction, one after the other, committed together: one wait for the disk serves them all. The
 * first runs in the transaction itself, each other in a savepoint. A unit that has ended passes the transaction on to
 * the next one that waits; its caller hears of it when the COMMIT that holds it has been answered.
 *
 * A group goes on only while its units need nothing but the database: at the first turn of the event loop the unit that
 * is running is undone, unless it is the first, the others are committed, and it is run again alone.
 */
export class UnitGroup {
  readonly #writer: GroupWriter<UnitGroup>;
  readonly #turn: number;
  readonly #alone: boolean;
  /** Those that have ended, and wait for the COMMIT. */
  readonly #ended: GroupMember[] = [];
  #current: GroupMember | undefined;
  #size = 1;
  /** The shortest time that one of those who want a witness grants for settling; `undefined` while none does. */
  #settleMs: number | undefined;
  /** Whether the next one may still join. */
  #open = true;

  constructor(writer: GroupWriter<UnitGroup>, alone: boolean) {
    this.#writer = writer;
    this.#turn = writer.pacer.turns;
    this.#alone = alone;
  }

  /** The unit that has opened the transaction. */
  first(connection: SqliteConnection, request: BeginRequest): GroupMember {
    const { deadline } = request;
    this.#note(request);
    const turns = !this.#alone;
    this.#current = new GroupMember(this, { connection, deadline, turns });
    if (turns) this.#writer.pacer.onTurn = this.#onTurn;
    return this.#current;
  }

  /** The next unit; the transaction has been passed on to it. */
  join(request: BeginRequest): GroupMember {
    const { deadline } = request;
    this.#note(request);
    const connection = new SqliteConnection(this.#writer, request.name);
    const member = new GroupMember(this, { connection, deadline, turns: true });
    this.#current = member;
    this.#size += 1;
    try {
      connection.join();
    } catch (error) {
      void this.#fall(member);
      throw error;
    }
    return member;
  }

  /** Takes the end of a unit: kept, or to be undone. Answers when the COMMIT has been answered. */
  end(member: GroupMember, kept: boolean): Promise<CommitAnswer> {
    // It was set aside: it is undone, and the others are being committed, which its end must not touch.
    if (this.#current !== member) return member.answered();
    this.#current = undefined;
    const { connection } = member;
    if (this.#size === 1 && !(kept && connection.inTransaction && this.#goesOn(member)))
      return this.#endAlone(member, kept);
    try {
      // Released or not: COMMIT keeps what is in a savepoint.
      connection.endPart(kept);
    } catch {
      return this.#fall(member);
    }
    if (!connection.inTransaction) return this.#fall(member);
    this.#ended.push(member);
    if (!this.#goesOn(member)) {
      void this.#commit(connection);
    } else {
      connection.handOver();
      this.#writer.queue.pass(this);
    }
    return member.answered();
  }

  async #endAlone({ connection, deadline }: GroupMember, kept: boolean): Promise<CommitAnswer> {
    if (!this.#alone) this.#writer.pacer.onTurn = undefined;
    try {
      if (kept) return await this.#send(connection, deadline);
      connection.rollback();
      return ROLLED_BACK;
    } finally {
      connection.release();
    }
  }

  /** One row serves them all. */
  #note({ witness, readOnly, settleMs }: BeginRequest): void {
    if (witness && !readOnly) this.#settleMs = Math.min(settleMs, this.#settleMs ?? settleMs);
  }

  #send(connection: SqliteConnection, deadline: number): Promise<CommitAnswer> {
    const { witness, statements } = this.#writer;
    const settleMs = this.#settleMs;
    if (settleMs === undefined || !witness) return connection.commit(deadline);
    return witness.commit({ connection, statements, deadline, settleMs });
  }

  #goesOn({ connection }: GroupMember): boolean {
    const writer = this.#writer;
    return (
      this.#open &&
      !this.#alone &&
      writer.groups &&
      writer.queue.nextJoins &&
      this.#size < MOST &&
      !connection.defined &&
      writer.pacer.turns === this.#turn &&
      writer.pacer.workedMs < WORK_MS &&
      !(this.#size === 1 && writer.mayDefer)
    );
  }

  /** The unit that is running needs more than the database. */
  readonly #onTurn = (): void => {
    this.#writer.pacer.onTurn = undefined;
    const member = this.#current;
    if (!member) return;
    if (this.#size === 1) {
      member.turned(); // the transaction is its own
      return;
    }
    this.#current = undefined;
    try {
      member.connection.endPart(false);
    } catch {
      // found by COMMIT, which then has no transaction, or undone with it
    }
    if (member.connection.inTransaction) void this.#commit(member.connection, member);
    else void this.#fall(member);
  };

  /** Commits those that have ended; `evicted` is to be run again. */
  async #commit(connection: SqliteConnection, evicted?: GroupMember): Promise<void> {
    this.#writer.pacer.onTurn = undefined;
    this.#open = false;
    const deadline = Math.min(...this.#ended.map((member) => member.deadline));
    const answer = await this.#send(connection, deadline);
    const again = answer.result === 'rolled-back' ? this.#ended : [];
    for (const member of again) member.withdraw();
    evicted?.withdraw();
    for (const member of this.#ended) member.answer(answer);
    evicted?.answer(ROLLED_BACK);
    await this.#release(connection, again.length > 0 || evicted !== undefined);
  }

  /** Gives the connection back; those that are run again come first, and need a turn to say so. */
  async #release(connection: SqliteConnection, again: boolean): Promise<void> {
    if (again) await loopTurn();
    connection.release();
  }

  /** The database has ended the transaction, or does not let a savepoint be: all are run again, one by one. */
  #fall(member: GroupMember): Promise<CommitAnswer> {
    this.#writer.pacer.onTurn = undefined;
    this.#open = false;
    this.#ended.push(member);
    member.connection.rollback();
    for (const each of this.#ended) {
      each.withdraw();
      each.answer(ROLLED_BACK);
    }
    void this.#release(member.connection, true);
    return member.answered();
  }
}
