import type { CheckVerdict } from '../checks/check-board.ts';
import { TIME_WINDOW } from '../defaults.ts';
import type { RateWindow } from '../status/error-rate.ts';
import { type HealthStatus, worst } from '../status/level.ts';
import type { ErrorSummary } from './types.ts';

/** What a summary is made of. */
export interface SummaryParts {
  readonly byType: readonly [type: string, count: number][];
  readonly window: RateWindow;
  /** What the metrics say, with the reasons in words. */
  readonly metrics: { readonly status: HealthStatus; readonly reasons: readonly string[] };
  readonly checks: CheckVerdict;
  readonly broken: string | undefined;
}

/** Counts by name as an object without a prototype, so that `__proto__` is just a name. */
export function asRecord(
  entries: readonly (readonly [name: string, count: number])[],
): Record<string, number> {
  const record = Object.create(null) as Record<string, number>;
  for (const [name, count] of entries) record[name] = count;
  return record;
}

/** Joins what the parts say into one status with its reasons. */
export function summaryOf({ byType, window, metrics, checks, broken }: SummaryParts): ErrorSummary {
  const reasons = [...metrics.reasons, ...checks.reasons];
  if (broken !== undefined) reasons.unshift(`declared broken: ${broken}`);
  return {
    status: worst(metrics.status, checks.status, broken === undefined ? 'healthy' : 'critical'),
    totalErrors: byType.reduce((total, [, count]) => total + count, 0),
    errorsByType: asRecord(byType),
    timeWindow: TIME_WINDOW,
    errorRate: window.rate,
    requests: window.requests,
    reasons,
  };
}
