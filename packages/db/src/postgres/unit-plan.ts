import { randomUUID } from 'node:crypto';
import type { Clock } from '@resilient/core';
import type { UnitTrace } from '../settle/question.ts';
import {
  fingerprintOf,
  HAS_TRANSACTION_TIMEOUT,
  identitySql,
  type ServerIdentity,
  XID,
} from '../settle/server.ts';
import { UnitRuleError } from '../unit/unit-rule-error.ts';
import type { SentText } from './leading-query.ts';
import type { PgClient } from './pg.ts';
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
  readonly clock: Clock;
  /** On the clock. */
  readonly deadline: number;
  /** How long a COMMIT may be settled beyond it. */
  readonly settleMs: number;
  /** Whether it writes a row by which its COMMIT can be settled. */
  readonly witness: boolean;
  /** What each transaction must set for itself, because the session cannot: `select set_config(…), …`. */
  readonly localSettings: string | undefined;
}

/** What a unit's transaction begins with, and what it learned by that. */
export class UnitPlan {
  readonly begin: string;
  readonly #options: UnitPlanOptions;
  #witness: string | undefined;
  #trace: UnitTrace | undefined;

  constructor(options: UnitPlanOptions) {
    this.begin = options.begin;
    this.#options = options;
  }

  /** What is known of the transaction; `undefined` before it has begun. */
  get trace(): UnitTrace | undefined {
    return this.#trace;
  }

  /** What comes last in the first trip on a connection; `undefined` for nothing. */
  tail(client: PgClient): SentText | undefined {
    const { readOnly, knowledge, deadline, settleMs, witness, clock } = this.#options;
    const { version } = knowledge.abilities;
    const columns = knowledge.numbered && !readOnly ? [XID] : [];
    if (columns.length > 0 && !knowledge.serverBehind(client)) columns.push(identitySql(version));
    const values: string[] = [];
    if (version >= HAS_TRANSACTION_TIMEOUT && deadline !== Number.POSITIVE_INFINITY) {
      const ms = Math.ceil(Math.max(1, deadline - clock.now()) + settleMs + SERVER_SLACK_MS);
      values.push(String(Math.min(ms, MOST_MS)));
      columns.push(`set_config('transaction_timeout', $${values.length}, true)`);
    }
    const { localSettings } = this.#options;
    if (localSettings !== undefined) columns.push(localSettings.replace(/^select /, ''));
    this.#witness = witness && !readOnly ? randomUUID() : undefined;
    if (this.#witness !== undefined) {
      values.push(this.#witness);
      const returning = columns.length > 0 ? ` returning ${columns.join(', ')}` : '';
      return { text: `insert into resilient_witness (id) values ($${values.length})${returning}`, values };
    }
    return columns.length > 0 ? { text: `select ${columns.join(', ')}`, values } : undefined;
  }

  /** Keeps what the trip on a connection answered. */
  learned(client: PgClient, fields: readonly (string | null)[]): void {
    const { knowledge, readOnly, clock } = this.#options;
    const facts =
      knowledge.numbered && !readOnly ? factsIn(fields, knowledge.serverBehind(client)) : NO_FACTS;
    this.#trace = { ...facts, witness: this.#witness, begunAt: clock.epochNow() };
  }
}

type Facts = Pick<UnitTrace, 'xid' | 'pid' | 'fingerprint'>;

function factsIn(fields: readonly (string | null)[], server: ServerIdentity | undefined): Facts {
  const [xid, pid, started, reset] = fields;
  if (xid === null || xid === undefined) return NO_FACTS;
  if (server) return { xid, pid: server.pid, fingerprint: server.fingerprint };
  return { xid, pid: Number(pid), fingerprint: fingerprintOf(started, reset) };
}

const NO_FACTS: Facts = { xid: undefined, pid: undefined, fingerprint: undefined };

/** What an error of the tail means, which is none of the caller's statement. */
export function tailError(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === '42P01') {
    return new UnitRuleError(
      'the table resilient_witness is missing: open the database with `witness: true`, or make it by the text of witnessSql()',
      { cause: error },
    );
  }
  if (state !== '55000') return error;
  // only a standby numbers no transactions
  const facts = { code: '25006', severity: 'ERROR', cause: error };
  return Object.assign(new Error('the server has become a standby'), facts);
}
