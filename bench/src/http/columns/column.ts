import type { VirtualClock } from '@resilient/testing';

/** What a client is told, whatever it is made of. */
export interface Terms {
  readonly clock: VirtualClock;
  /** What one attempt may take. */
  readonly attemptMs: number;
}

/** One client: it makes calls until it is closed. */
export interface Guard {
  call<T>(attempt: () => Promise<T>): Promise<T>;
  close(): void;
}

/** A way to make calls, as one column of a scorecard. */
export interface Column {
  readonly name: string;
  open(terms: Terms): Guard;
}

/** How often each column that retries may do so. */
export const RETRIES = 3;

/** The answer of a server that did not do what it was asked. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    this.headers = headers;
  }
}
