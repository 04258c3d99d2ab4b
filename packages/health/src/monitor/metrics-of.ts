import type { CheckBoard } from '../checks/check-board.ts';
import { gaugeOf } from '../checks/gauge.ts';
import { THRESHOLDS } from '../defaults.ts';
import type { Metric } from '../status/metric-board.ts';
import type { Thresholds } from '../status/thresholds.ts';
import type { ProcessFigures } from './process-figures.ts';
import type { RequestRecorder } from './request-recorder.ts';

/** What a monitor measures. */
export interface MetricParts {
  readonly thresholds: Thresholds;
  readonly requests: RequestRecorder;
  readonly figures: ProcessFigures;
  readonly checks: CheckBoard;
}

/** The metric of a check that has a gauge. */
export const gaugeId = (metric: string, check: string): string => `${metric}:${check}`;

/** Everything that a monitor measures, in the order in which it is shown. */
export function metricsOf({ thresholds, requests, figures, checks }: MetricParts): Metric[] {
  const { errorRate, p95Ms, memory, cpu, eventLoopMs } = thresholds;
  const gauges = checks.runners.flatMap(({ check }): Metric[] => {
    const gauge = gaugeOf(check);
    if (gauge === undefined) return [];
    const { metric } = gauge;
    return [
      { id: gaugeId(metric, check.name), metric, threshold: thresholds[metric], read: () => gauge.read() },
    ];
  });
  return [
    {
      id: 'errorRate',
      metric: 'errorRate',
      threshold: errorRate,
      read: () => requests.errorRate(errorRate || THRESHOLDS.errorRate),
    },
    {
      id: 'p95Ms',
      metric: 'p95Ms',
      threshold: p95Ms,
      read: () => requests.latency(p95Ms || THRESHOLDS.p95Ms),
    },
    { id: 'memory', metric: 'memory', threshold: memory, read: () => figures.memory() },
    { id: 'cpu', metric: 'cpu', threshold: cpu, read: () => figures.cpu() },
    { id: 'eventLoopMs', metric: 'eventLoopMs', threshold: eventLoopMs, read: () => figures.eventLoop() },
    ...gauges,
  ];
}
