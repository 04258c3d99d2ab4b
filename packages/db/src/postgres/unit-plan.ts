import type { Clock } from '@resilient/core';
import type { UnitTrace } from '../settle/question.ts';
import { factsSql, HAS_TRANSACTION_TIMEOUT } from '../settle/server.ts';
import type { SentText } from './leading-query.ts';
import type { ServerKnowledge } from './server-knowledge.ts';
import { sqlStateOf } from './sql-state.ts';

/** The server's own limit is this many milliseconds later than ours, which is known more exactly. */
const SERVER_SLACK_MS = 1_000;

const MOST_MS = 2_147_483_647;

/** What a unit's first trip is made from. */
export interface UnitPlanOptions {
  readonly begin: string;
  readonly readOnly: boolean;
  readonly knowledge: ServerKnowledge;
  /** On the engine's clock. */
  readonly deadline: number;
  /** How long a COMMIT may be settled beyond it. */
  readonly settleMs: number;
}

/** What a unit's transaction begins with, and what it learned by that. */
export class UnitPlan {
  readonly begin: string;
  readonly #options: UnitPlanOptions;
  #trace: UnitTrace | undefined;

  constructor(options: UnitPlanOptions) {
    this.begin = options.begin;
    this.#options = options;
  }

  /** What is known of the transaction; `undefined` before it has begun. */
  get trace(): UnitTrace | undefined {
    return this.#trace;
  }

  /** What comes last in the first trip; `undefined` for nothing. */
  tail(clock: Clock): SentText | undefined {
    const { readOnly, knowledge, deadline, settleMs } = this.#options;
    const { numbered, version } = knowledge.abilities;
    const columns = numbered && !readOnly ? [factsSql(version)] : [];
    const values: string[] = [];
    if (version >= HAS_TRANSACTION_TIMEOUT && deadline !== Number.POSITIVE_INFINITY) {
      const ms = Math.ceil(Math.max(1, deadline - clock.now()) + settleMs + SERVER_SLACK_MS);
      values.push(String(Math.min(ms, MOST_MS)));
      columns.push(`set_config('transaction_timeout', $${values.length}, true)`);
    }
    if (columns.length === 0) return undefined;
    return { text: `select ${columns.join(', ')}`, values };
  }

  /** Keeps what the trip answered. */
  learned(facts: Pick<UnitTrace, 'xid' | 'pid' | 'fingerprint'>, begunAt: number): void {
    const { knowledge, readOnly } = this.#options;
    const known = knowledge.abilities.numbered && !readOnly;
    this.#trace = { ...(known ? facts : NO_FACTS), witness: undefined, begunAt };
  }
}

const NO_FACTS = { xid: undefined, pid: undefined, fingerprint: undefined } as const;

/** An error of the tail is none of the caller's statement: a server that numbers no transaction any more is a standby. */
export function tailError(error: unknown): unknown {
  if (sqlStateOf(error) !== '55000') return error;
  const facts = { code: '25006', severity: 'ERROR', cause: error };
  return Object.assign(new Error('the server has become a standby'), facts);
}
