import type { Verdict } from '@resilient/core';

/**
 * Why an attempt ended: `database` an error of the database, `work` one of the caller's code, `time` the limit or the
 * abort, `unknown` a COMMIT without an answer.
 */
export type FailureSort = 'database' | 'work' | 'time' | 'unknown';

/** The failure of one attempt, judged; it stays inside the package. */
export class UnitFailure {
  readonly sort: FailureSort;
  /** What the caller finds as `cause`. */
  readonly cause: unknown;
  readonly verdict: Verdict;
  /** What happened, in our own words. */
  readonly words: string;

  constructor(sort: FailureSort, cause: unknown, verdict: Verdict, words: string) {
    this.sort = sort;
    this.cause = cause;
    this.verdict = verdict;
    this.words = words;
  }
}
