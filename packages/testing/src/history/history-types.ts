/** How a unit of work ended for its caller: told that it is done, told that it is not, or told nothing for certain. */
export type HistoryOutcome = 'acknowledged' | 'refused' | 'unknown';

/** A list as somebody read it, or a value added to its end. */
export type HistoryStep =
  | { readonly append: string; readonly value: number }
  | { readonly read: string; readonly values: readonly number[] };

/** What is known of one unit. */
export interface HistoryEntry {
  /** Never used twice, also not by a rerun. */
  readonly id: string;
  readonly outcome: HistoryOutcome;
  /** For list-append: what it did, in order; of a unit that was run several times, its last run. */
  readonly steps?: readonly HistoryStep[];
}

/** What the database holds in the end; each part is checked if it is given. */
export interface HistoryEnd {
  /** The ids found, as often as they were found. */
  readonly present?: readonly string[];
  /** The lists of list-append. */
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  /** Every account's balance. */
  readonly balances?: readonly number[];
}

/** What was found, in words that a test can print. */
export interface HistoryAnomaly {
  /**
   * `lost`: acknowledged, and not there; `phantom`: refused, and there; `duplicate`: there more than once; `stranger`:
   * there, and nobody's; `aborted-read`: a refused value was read; `order`: a read that is no beginning of its list;
   * `cycle`: units that would each have to come before the other; `sum`: money was made or lost.
   */
  readonly kind: 'lost' | 'phantom' | 'duplicate' | 'stranger' | 'aborted-read' | 'order' | 'cycle' | 'sum';
  readonly detail: string;
}

/** The verdict on a history. */
export interface HistoryReport {
  readonly ok: boolean;
  readonly anomalies: readonly HistoryAnomaly[];
  readonly counts: Readonly<Record<HistoryOutcome, number>>;
}
