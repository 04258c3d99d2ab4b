import type { Score } from '../../score.ts';
import type { Column } from '../columns/column.ts';
import type { Scenario } from './scenario.ts';

/** The lines of one scenario, for some columns. */
export async function scoresOf(
  { name, measures, run }: Scenario,
  columns: readonly Column[],
): Promise<Score[]> {
  const figures = new Map<string, Readonly<Record<string, number>>>();
  for (const column of columns) figures.set(column.name, await run(column));
  return measures.map(({ key, name: measure, digits, goal }) => ({
    scenario: name,
    measure,
    digits,
    values: Object.fromEntries([...figures].map(([column, seen]) => [column, seen[key] as number])),
    ...(goal ? { goal } : {}),
  }));
}
