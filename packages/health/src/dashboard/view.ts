import type { HealthStatus } from '../status/level.ts';

/** One figure with its chart. */
export interface Tile {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly level: HealthStatus;
}

/** Rows of text under a heading. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is said where there are no rows. */
  readonly empty: string;
}

/** The lines of the charts: instants in seconds, and one list of values for each tile that has one. */
export interface Series {
  readonly at: readonly number[];
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** Everything that the page shows, in words: the page with and without script says the same. */
export interface View {
  readonly name: string;
  readonly status: HealthStatus;
  readonly facts: readonly string[];
  readonly reasons: readonly string[];
  readonly tiles: readonly Tile[];
  readonly tables: readonly Table[];
  readonly series: Series;
  /** When it was made. */
  readonly at: string;
}
