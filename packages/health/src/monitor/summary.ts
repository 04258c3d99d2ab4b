import type { CheckVerdict } from '../checks/check-board.ts';
import { TIME_WINDOW } from '../defaults.ts';
import type { RateVerdict, RateWindow } from '../status/error-rate.ts';
import type { ErrorSummary, HealthStatus } from './types.ts';

/** What a summary is made of. */
export interface SummaryParts {
  readonly byType: readonly [type: string, count: number][];
  readonly window: RateWindow;
  readonly rate: RateVerdict;
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

const RANK: readonly HealthStatus[] = ['healthy', 'degraded', 'critical'];

/** The worst of all. */
export function worst(...statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.reduce<HealthStatus>((a, b) => (RANK.indexOf(b) > RANK.indexOf(a) ? b : a), 'healthy');
}

/** Joins what the parts say into one status with its reasons. */
export function summaryOf({ byType, window, rate, checks, broken }: SummaryParts): ErrorSummary {
  const reasons = [...checks.reasons];
  if (rate.reason !== undefined) reasons.unshift(rate.reason);
  if (broken !== undefined) reasons.unshift(`declared broken: ${broken}`);
  return {
    status: worst(rate.status, checks.status, broken === undefined ? 'healthy' : 'critical'),
    totalErrors: byType.reduce((total, [, count]) => total + count, 0),
    errorsByType: asRecord(byType),
    timeWindow: TIME_WINDOW,
    errorRate: window.rate,
    requests: window.requests,
    reasons,
  };
}
