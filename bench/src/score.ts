/** A bound that a contract promises for one of the columns. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** @defaultValue `'ours'` */
  readonly of?: string;
}

/** One line of a scorecard: the same figure of each column. */
export interface Score {
  readonly scenario: string;
  readonly measure: string;
  /** By the column's name. */
  readonly values: Readonly<Record<string, number>>;
  readonly digits: number;
  readonly goal?: Goal;
}

/** Whether a line's goal was reached; `true` without one. */
export function isReached({ values, goal }: Score): boolean {
  if (!goal) return true;
  const value = values[goal.of ?? 'ours'] ?? Number.NaN;
  return (
    value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (goal.atMost ?? Number.POSITIVE_INFINITY)
  );
}
