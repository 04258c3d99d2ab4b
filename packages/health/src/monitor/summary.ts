import type { CheckVerdict } from '../checks/check-board.ts';
import { asRecord } from '../counting/as-record.ts';
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
