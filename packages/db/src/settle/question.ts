import type { ServerIdentity } from './server.ts';

/** What a unit learned of its transaction in its first trip: what is asked about if its COMMIT gets no answer. */
export interface UnitTrace {
  /** The transaction's number, of 64 bits, as text; `undefined` where there is none. */
  readonly xid: string | undefined;
  readonly pid: number | undefined;
  readonly fingerprint: string | undefined;
  /** The row that the unit has written, if it has one. */
  readonly witness: string | undefined;
  /** Wall time of its first trip. */
  readonly begunAt: number;
}

/** A unit whose COMMIT got no answer. */
export interface Question extends UnitTrace {
  /** Its server, as far as it was known. */
  readonly server: ServerIdentity | undefined;
}

/** What is known in the end. */
export type Settled = 'committed' | 'rolled-back' | 'unknown';
