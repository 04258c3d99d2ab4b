import { type Classifier, classifyNetwork, type Verdict } from '@resilient/core';
import { pgMessages, postgresCodes } from './postgres-codes.ts';

/** How deep causes are followed. */
const DEPTH = 10;

function bySqlState(error: object): Verdict | undefined {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const row = postgresCodes.get(code) ?? postgresCodes.get(code.slice(0, 2));
  if (!row) return undefined;
  return { ...staleness(error, code, row), code };
}

/** A plan that no longer fits, as a table was altered: the one meaning of 0A000 that another connection cures. */
function staleness(error: object, code: string, row: Omit<Verdict, 'code'>): Omit<Verdict, 'code'> {
  const { routine } = error as { routine?: unknown };
  if (code !== '0A000' || routine !== 'RevalidateCachedQuery') return row;
  return { transient: true, kind: 'conflict', outcome: 'rejected' };
}

function byText(error: object): Verdict | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== undefined || typeof message !== 'string') return undefined;
  return pgMessages.find(([text]) => message.startsWith(text))?.[1];
}

function walk(error: unknown, depth: number): Verdict | undefined {
  if (depth > DEPTH || typeof error !== 'object' || error === null) return undefined;
  const found = bySqlState(error) ?? byText(error);
  return found ?? walk((error as { cause?: unknown }).cause, depth + 1);
}

/**
 * Knows the errors of PostgreSQL and of the driver `pg`: the SQLSTATE first, then broken and refused connections by
 * their errno, then the few errors of pg that have no code, by their text.
 *
 * Outcomes are those of a statement on its own; in a unit of work nothing has happened before COMMIT was written.
 *
 * @example
 * ```ts
 * import { classifyPostgres } from '@resilient/db';
 *
 * console.log(classifyPostgres({ code: '40P01' }, 0)?.transient); // true
 * ```
 */
export const classifyPostgres: Classifier = (error, now) => {
  try {
    return walk(error, 0) ?? classifyNetwork(error, now);
  } catch {
    return undefined; // a getter that throws
  }
};
