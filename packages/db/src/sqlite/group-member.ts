import type { CommitAnswer, OpenTransaction, SharedTransaction, TransactionState } from '../engine/engine.ts';
import type { SqliteConnection } from './connection.ts';

/** The answer where nothing of a unit is kept, and no error tells why. */
export const ROLLED_BACK: CommitAnswer = { result: 'rolled-back', error: undefined };

/** Takes the end of a unit. */
export interface GroupOfMember {
  end(member: GroupMember, kept: boolean): Promise<CommitAnswer>;
}

/** What a {@link GroupMember} is made of. */
export interface MemberParts {
  readonly connection: SqliteConnection;
  /** On the clock. */
  readonly deadline: number;
  /** Whether the group tells it of the event loop's turn. */
  readonly turns: boolean;
}

/** One unit in a group, as `safeCommit` sees it. */
export class GroupMember implements OpenTransaction, SharedTransaction {
  readonly connection: SqliteConnection;
  readonly deadline: number;
  readonly turns: boolean;
  withdrawn = false;
  readonly #group: GroupOfMember;
  #ended: Promise<CommitAnswer> | undefined;
  #listener: (() => void) | undefined;
  #answer: CommitAnswer | undefined;
  #resolve: ((answer: CommitAnswer) => void) | undefined;

  constructor(group: GroupOfMember, { connection, deadline, turns }: MemberParts) {
    this.#group = group;
    this.connection = connection;
    this.deadline = deadline;
    this.turns = turns;
  }

  onTurn(listener: () => void): void {
    this.#listener = listener;
    if (this.withdrawn) listener();
  }

  /** The event loop has turned while it works. */
  turned(): void {
    this.#listener?.();
  }

  get shared(): SharedTransaction {
    return this;
  }

  stateAfter(): TransactionState {
    return this.connection.inTransaction ? 'open' : 'ended';
  }

  async restrict(readOnly: boolean): Promise<void> {
    this.connection.restrict(readOnly);
  }

  commit(): Promise<CommitAnswer> {
    return this.#end(true);
  }

  async rollback(): Promise<void> {
    await this.#end(false);
  }

  /** A running statement of SQLite cannot be stopped, nor is one running while this is. */
  abandon(): Promise<void> {
    return this.rollback();
  }

  /** Nothing of it is kept, and it is run again. */
  withdraw(): void {
    this.withdrawn = true;
    this.#ended ??= Promise.resolve(ROLLED_BACK);
    this.#listener?.();
  }

  /** The answer to the COMMIT that holds it. */
  answered(): Promise<CommitAnswer> {
    if (this.#answer) return Promise.resolve(this.#answer);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  answer(answer: CommitAnswer): void {
    this.#answer = answer;
    this.#resolve?.(answer);
  }

  #end(kept: boolean): Promise<CommitAnswer> {
    this.#ended ??= this.#group.end(this, kept);
    return this.#ended;
  }
}
