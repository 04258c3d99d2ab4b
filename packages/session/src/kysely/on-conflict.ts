/** A key of a session that two requests changed at the same time, with its three values; `undefined` where there is none. */
export interface SessionConflict {
  readonly key: string;
  /** What both had read. */
  readonly base: unknown;
  /** What the other request has stored meanwhile. */
  readonly stored: unknown;
  /** What this request wants to store. */
  readonly saved: unknown;
}

/** What becomes of it: see the option `onConflict`. A function answers the value to keep, and is quick and pure. */
export type OnConflict = 'report' | 'refuse' | ((conflict: SessionConflict) => unknown);
