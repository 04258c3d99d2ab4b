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
import type { FirstTrip, TripStage, TripTail } from './leading-query.ts';
import { type NamedStatements, type NamedText, unnamed } from './named-statements.ts';
import type { PgClient } from './pg.ts';
import type { ServerKnowledge } from './server-knowledge.ts';
import { sqlStateOf } from './sql-state.ts';

/** The server's own limit is so many milliseconds later than ours, which is known more exactly, or up to twice as many. */
const SERVER_SLACK_MS = 1_000;

const MOST_MS = 2_147_483_647;

/** What a unit's first trip is made from. */
export interface UnitPlanOptions {
  readonly begin: string;
  readonly readOnly: boolean;
  /** What each connection keeps prepared. */
  readonly statements: NamedStatements;
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
  readonly #options: UnitPlanOptions;
  #witness: string | undefined;
  #trace: UnitTrace | undefined;

  constructor(options: UnitPlanOptions) {
    this.#options = options;
  }

  /** What is known of the transaction; `undefined` before it has begun. */
  get trace(): UnitTrace | undefined {
    return this.#trace;
  }

  /** How BEGIN is sent on a connection. */
  begin(client: PgClient): NamedText {
    return this.#named(client, this.#options.begin);
  }

  /** What comes last in the first trip on a connection; `undefined` for nothing. */
  tail(client: PgClient): TripTail | undefined {
    const { readOnly, knowledge, deadline, settleMs, witness, clock } = this.#options;
    const { version } = knowledge.abilities;
    const columns = knowledge.numbered && !readOnly ? [XID] : [];
    if (columns.length > 0 && !knowledge.serverBehind(client)) columns.push(identitySql(version));
    const values: string[] = [];
    if (version >= HAS_TRANSACTION_TIMEOUT && deadline !== Number.POSITIVE_INFINITY) {
      const ms = Math.max(1, deadline - clock.now()) + settleMs + SERVER_SLACK_MS;
      values.push(String(Math.min(Math.ceil(ms / SERVER_SLACK_MS) * SERVER_SLACK_MS, MOST_MS)));
      columns.push(`set_config('transaction_timeout', $${values.length}, true)`);
    }
    const { localSettings } = this.#options;
    if (localSettings !== undefined) columns.push(localSettings.replace(/^select /, ''));
    this.#witness = witness && !readOnly ? randomUUID() : undefined;
    if (this.#witness !== undefined) {
      values.push(this.#witness);
      const returning = columns.length > 0 ? ` returning ${columns.join(', ')}` : '';
      const text = `insert into resilient_witness (id) values ($${values.length})${returning}`;
      return { ...unnamed(text), values };
    }
    if (columns.length === 0) return undefined;
    return { ...this.#named(client, `select ${columns.join(', ')}`), values };
  }

  /** Behind a pooler the server may be another one each time. */
  #named(client: PgClient, text: string): NamedText {
    const { statements, knowledge } = this.#options;
    return knowledge.serverBehind(client) ? statements.use(client, text) : unnamed(text);
  }

  /** Keeps how far the server came with what it was sent. */
  sent(client: PgClient, { begin, tail }: FirstTrip, stage: TripStage): void {
    const { statements } = this.#options;
    if (stage === 'begin') return;
    statements.confirm(client, begin);
    if (!tail) return;
    if (stage === 'done') statements.confirm(client, tail);
    else if (stage === 'statement') statements.skipped(client, tail);
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
