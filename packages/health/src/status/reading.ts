import type { HealthStatus } from './level.ts';
import { isInMs, type MetricName, type Threshold } from './thresholds.ts';

/** What was measured of one metric. */
export interface Reading {
  /** A share from 0 to 1, or milliseconds. */
  readonly value: number;
  /** The same in words, such as `memory is at 93 %`. */
  readonly said: string;
}

/** A share in words. */
export const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

const shown = (metric: MetricName, value: number): string =>
  isInMs(metric) ? `${Math.round(value)} ms` : percent(value);

/** Why a metric makes the status worse: what was measured, which threshold it is, and when that clears. */
export function reasonOf(
  metric: MetricName,
  reading: Reading,
  level: Exclude<HealthStatus, 'healthy'>,
  threshold: Threshold,
  clearAt: number,
): string {
  const limit = threshold[level];
  const until = reading.value > limit ? '' : `, until ${shown(metric, limit * clearAt)}`;
  return `${reading.said} (${level} above ${shown(metric, limit)}${until})`;
}
