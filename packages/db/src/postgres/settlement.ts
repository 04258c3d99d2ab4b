import type { Clock } from '@resilient/core';
import type { CommitAnswer, OpenTransaction } from '../engine/engine.ts';
import type { UnitTrace } from '../settle/question.ts';
import type { Settler } from '../settle/settler.ts';
import type { ServerKnowledge } from './server-knowledge.ts';

/** Of the time for settling, the share in which the connection itself may still answer. */
const ANSWER_SHARE = 0.5;

/** What a {@link Settlement} needs. */
export interface SettlementOptions {
  readonly clock: Clock;
  readonly knowledge: ServerKnowledge;
  readonly settler: Settler;
  readonly settleMs: number;
  readonly readOnly: boolean;
}

/** Commits, and finds out what happened if that gets no answer. */
export class Settlement {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** How long COMMIT may stay unanswered on its own connection. */
  get answerMs(): number {
    return this.#options.settleMs * ANSWER_SHARE;
  }

  /** Commits by the transaction's own COMMIT. Never rejects. */
  async commit(
    transaction: Pick<OpenTransaction, 'commit'>,
    trace: UnitTrace | undefined,
  ): Promise<CommitAnswer> {
    const { clock, settler, settleMs, readOnly, knowledge } = this.#options;
    const deadline = clock.now() + settleMs;
    const answer = await transaction.commit();
    if (answer.result !== 'unknown') return answer;
    const { error } = answer;
    if (readOnly) return { result: 'rolled-back', error }; // there was nothing to commit
    if (!trace) return answer;
    const server = knowledge.serverOf(trace.fingerprint);
    const settled = await settler.settle({ ...trace, server }, deadline);
    if (settled === 'committed') return { result: 'committed' };
    if (settled === 'rolled-back') return { result: 'rolled-back', error };
    return { result: 'unknown', error, xid: trace.xid };
  }
}
