import type { Verdict } from '@resilient/core';

/**
 * Why an attempt ended: `database` an error of the database, `work` one of the caller's code, `attempt` its own limit of time, `time` the
 * call's or the abort, `closed` the database was closed under it, `unknown` a COMMIT without an answer.
 */
export type FailureSort = 'database' | 'work' | 'attempt' | 'time' | 'closed' | 'unknown';

/** The failure of one attempt, judged; it stays inside the package. */
export class UnitFailure {
  readonly sort: FailureSort;
  /** What the caller finds as `cause`. */
  readonly cause: unknown;
  readonly verdict: Verdict;
  /** What happened, in our own words. */
  readonly words: string;
  /** The number of the transaction whose COMMIT got no answer. */
  readonly xid: string | undefined;

  constructor(sort: FailureSort, cause: unknown, verdict: Verdict, words: string, xid?: string) {
    this.sort = sort;
    this.cause = cause;
    this.verdict = verdict;
    this.words = words;
    this.xid = xid;
  }
}
