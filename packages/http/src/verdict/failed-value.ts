import type { Verdict } from '@resilient/core';

/** A value that an attempt has produced and that was judged a failure: it travels as errors do, and is no error. */
export class FailedValue {
  readonly value: unknown;
  readonly verdict: Verdict;
  /** Its HTTP status, if it is a `Response`. */
  readonly status: number | undefined;

  constructor(value: unknown, verdict: Verdict, status: number | undefined) {
    this.value = value;
    this.verdict = verdict;
    this.status = status;
  }
}
