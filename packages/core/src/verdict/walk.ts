import { membersOf, peek } from './causes.ts';
import type { Outcome, Verdict } from './verdict.ts';

/** Judges one error by itself, without looking behind it. */
export type Judge = (error: object) => Verdict | undefined;

const RANK: Record<Outcome, number> = { 'not-sent': 0, rejected: 1, unknown: 2 };

/**
 * Makes a classifier that looks behind an error as well: the nearest answer along `cause` decides; an `AggregateError`
 * is the sum of its members. Bounded, cycle-safe, never throws.
 *
 * A sum is transient if a member is, and its outcome is the worst: one member that the judge does not know leaves it
 * `unknown`. A sum of which the judge knows no member is judged by its own properties.
 */
export function walk(judge: Judge): (error: unknown) => Verdict | undefined {
  return (error) => visit(error, judge, new Set());
}

/** No more errors than this are looked at. */
const LIMIT = 32;

function visit(error: unknown, judge: Judge, seen: Set<unknown>): Verdict | undefined {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return undefined;
  if (seen.has(error) || seen.size >= LIMIT) return undefined;
  seen.add(error);
  const members = membersOf(error);
  const sum = members.length > 0 ? sumOf(members.map((member) => visit(member, judge, seen))) : undefined;
  return sum ?? answerOf(judge, error) ?? visit(peek(error, 'cause'), judge, seen);
}

function answerOf(judge: Judge, error: object): Verdict | undefined {
  try {
    return judge(error);
  } catch {
    return undefined; // a proxy whose traps throw
  }
}

function sumOf(verdicts: readonly (Verdict | undefined)[]): Verdict | undefined {
  const known = verdicts.filter((verdict) => verdict !== undefined);
  const first = known.find((verdict) => verdict.transient) ?? known[0];
  if (!first) return undefined;
  if (known.length < verdicts.length) return { ...first, outcome: 'unknown' };
  const worst = known.reduce((a, b) => (RANK[b.outcome] > RANK[a.outcome] ? b : a));
  return { ...first, outcome: worst.outcome };
}
