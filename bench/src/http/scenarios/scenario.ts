import type { Goal } from '../../score.ts';
import type { Column } from '../columns/column.ts';

/** One line of a scorecard. */
export interface Measure {
  readonly key: string;
  readonly name: string;
  readonly digits: number;
  readonly goal?: Goal;
}

/** What is done to every column alike. */
export interface Scenario {
  readonly name: string;
  readonly measures: readonly Measure[];
  /** Figures by the keys of the measures. The same seeds give the same figures. */
  run(column: Column): Promise<Readonly<Record<string, number>>>;
}
