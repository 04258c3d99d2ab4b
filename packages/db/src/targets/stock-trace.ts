import { randomUUID } from 'node:crypto';
import type { Clock } from '@resilient/core';
import type { ServerKnowledge } from '../postgres/server-knowledge.ts';
import { tailError } from '../postgres/unit-plan.ts';
import type { Ask } from '../settle/ask.ts';
import type { UnitTrace } from '../settle/question.ts';
import { fingerprintOf, identitySql, XID_IF_ANY } from '../settle/server.ts';

/** What the trip before COMMIT is to bring. */
export interface TraceRequest {
  readonly clock: Clock;
  readonly knowledge: ServerKnowledge;
  /** Whether a row is written by which the COMMIT can be settled. */
  readonly witness: boolean;
}

/** What is known of a unit that is about to COMMIT, and whether there is anything to commit. */
export interface StockTrace {
  readonly trace: UnitTrace;
  readonly empty: boolean;
}

/**
 * Asks a transaction for its number and its server, and leaves the witness row, all in one trip right before COMMIT: so
 * late, the snapshot and `SET TRANSACTION` are still those of `work`, and a unit that has written nothing gets no number.
 *
 * @throws the database's error (rejects), or what it means
 */
export async function traceOf(ask: Ask, { clock, knowledge, witness }: TraceRequest): Promise<StockTrace> {
  const { numbered } = knowledge;
  const columns = numbered ? [XID_IF_ANY, ...identitySql(knowledge.abilities.version).split(', ')] : [];
  // one column of text: four cost the driver 10 µs, and its parsers are the application's
  const parts = columns.map((column) => `coalesce((${column})::text, '')`).join(', ');
  const facts = parts && `concat_ws(' ', ${parts}) as facts`;
  const id = witness ? randomUUID() : undefined;
  const begunAt = clock.epochNow();
  try {
    const insert = `insert into resilient_witness (id) values ('${id}')`;
    const text = id === undefined ? `select ${facts}` : facts ? `${insert} returning ${facts}` : insert;
    const [row] = numbered || id !== undefined ? await ask(text, []) : [];
    // a witness is something to commit, and RETURNING sees its number
    const [number, process, started, reset] = String(row?.facts ?? '').split(' ');
    const xid = number || undefined;
    const fingerprint = xid === undefined ? undefined : fingerprintOf(started, reset);
    if (fingerprint !== undefined && !knowledge.serverOf(fingerprint)) await knowledge.meet(ask);
    const pid = xid === undefined ? undefined : Number(process);
    return { trace: { xid, pid, fingerprint, witness: id, begunAt }, empty: numbered && xid === undefined };
  } catch (error) {
    throw tailError(error);
  }
}
