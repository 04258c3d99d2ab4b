import type { HistoryPoint } from '../monitor/history.ts';
import type { HealthReport } from '../monitor/types.ts';
import type { HealthStatus } from '../status/level.ts';
import { bytes, clockTime, duration, milliseconds, percent } from './format.ts';
import { tablesOf } from './tables.ts';
import type { Tile, View } from './view.ts';

function tilesOf(report: HealthReport, last: HistoryPoint | undefined): Tile[] {
  const { metrics, resources, summary } = report;
  const levelOf = (id: string): HealthStatus =>
    metrics.find((metric) => metric.id === id)?.level ?? 'healthy';
  const tile = (id: string, label: string, value: string, hint: string): Tile => ({
    id,
    label,
    value,
    hint,
    level: levelOf(id),
  });
  const gauges = metrics
    .filter(({ id }) => id.includes(':'))
    .map(({ id, value, level }): Tile => {
      const [metric, check] = id.split(':');
      return {
        id,
        label: `${metric === 'disk' ? 'Disk' : 'Connections'} (${check})`,
        value: percent(value),
        hint: 'in use',
        level,
      };
    });
  const { rssBytes, memoryLimitBytes, cpuShare, eventLoopUtilization } = resources;
  return [
    tile(
      'requestsPerSecond',
      'Requests',
      `${(last?.requestsPerSecond ?? 0).toFixed(1)} /s`,
      `${summary.requests} in 15 min`,
    ),
    tile('errorRate', 'Error rate', percent(summary.errorRate), `${summary.totalErrors} errors in 15 min`),
    tile('p95Ms', 'p95 latency', milliseconds(report.p95Ms), 'to the first byte, 15 min'),
    tile('memory', 'Memory', bytes(rssBytes), `of ${bytes(memoryLimitBytes)}`),
    tile('cpu', 'CPU', percent(cpuShare), `event loop busy ${percent(eventLoopUtilization)}`),
    tile('eventLoopMs', 'Event loop delay', milliseconds(resources.eventLoopDelayMs), 'p99 of 5 s'),
    ...gauges,
  ];
}

const CHARTED = ['requestsPerSecond', 'errorRate', 'p95Ms', 'memory', 'cpu', 'eventLoopMs'] as const;

/** Puts a report and the last 15 minutes into words. */
export function viewOf(report: HealthReport, history: readonly HistoryPoint[], now: Date): View {
  const { release, instance, uptimeMs, lifecycle, startedAt } = report;
  return {
    name: report.name,
    status: report.status,
    facts: [
      ...(release === undefined ? [] : [`release ${release}`]),
      `instance ${instance}`,
      lifecycle,
      `up ${duration(uptimeMs)}, since ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ],
    reasons: [...report.summary.reasons, ...(report.fleet?.note === undefined ? [] : [report.fleet.note])],
    tiles: tilesOf(report, history.at(-1)),
    tables: tablesOf(report),
    series: {
      at: history.map(({ at }) => Math.round(at / 1_000)),
      values: Object.fromEntries(CHARTED.map((id) => [id, history.map((point) => point[id])])),
    },
    at: clockTime(now),
  };
}
