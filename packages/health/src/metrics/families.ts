import { DURATION_BOUNDS_S, MAX_NAMED_SERIES } from '../defaults.ts';
import type { DurationTotal, MonitorTotals } from '../monitor/totals.ts';
import type { HealthMonitor, HealthReport } from '../monitor/types.ts';
import type { FamilyDefinition, Sample } from './family.ts';

const DURATION = 'http_server_request_duration_seconds';
const STATUSES = ['healthy', 'degraded', 'critical'] as const;

const one = (value: number, labels: Sample['labels'] = {}): Sample => ({ value, labels });
const flag = (is: boolean): number => (is ? 1 : 0);

/** The lines of one histogram: cumulative buckets, sum and count. */
function histogram(status: string, { buckets, sumS, count }: DurationTotal): Sample[] {
  const labels = { http_response_status_code: status };
  let below = 0;
  const lines = DURATION_BOUNDS_S.map((bound, place): Sample => {
    below += buckets[place] ?? 0;
    return { value: below, labels: { ...labels, le: bound }, metricName: `${DURATION}_bucket` };
  });
  return [
    ...lines,
    { value: count, labels: { ...labels, le: '+Inf' }, metricName: `${DURATION}_bucket` },
    { value: sumS, labels, metricName: `${DURATION}_sum` },
    { value: count, labels, metricName: `${DURATION}_count` },
  ];
}

/** What is counted since the start. */
function counters(totals: MonitorTotals): FamilyDefinition[] {
  return [
    {
      name: DURATION,
      help: 'Time to the first byte of answers',
      type: 'histogram',
      read: () => [...totals.durations()].flatMap(([status, total]) => histogram(status, total)),
    },
    {
      name: 'resilient_http_requests_total',
      help: 'Requests that were answered',
      type: 'counter',
      read: () =>
        [...totals.requests()].map(({ route, status, count }) =>
          one(count, { http_route: route, http_response_status_code: status }),
        ),
    },
    {
      name: 'resilient_errors_total',
      help: 'Errors that were recorded',
      type: 'counter',
      read: () => [...totals.errors()].map(([type, count]) => one(count, { error_type: type })),
    },
  ];
}

type ReportFamily = Omit<FamilyDefinition, 'read'> & { readonly of: (report: HealthReport) => Sample[] };

/** What stands in the report, in OpenTelemetry's names where it has them. */
const GAUGES: readonly ReportFamily[] = [
  {
    name: 'resilient_health_status',
    help: 'How the application is: 1 for what it is, 0 for what it is not',
    type: 'gauge',
    of: ({ status }) => STATUSES.map((name) => one(flag(status === name), { status: name })),
  },
  {
    name: 'resilient_alerts_firing',
    help: 'Alerts that fire now',
    type: 'gauge',
    of: ({ alerts }) =>
      ['warning', 'critical'].map((severity) =>
        one(alerts.filter((alert) => alert.severity === severity).length, { severity }),
      ),
  },
  {
    name: 'resilient_check_up',
    help: 'Whether a check says ok',
    type: 'gauge',
    of: ({ checks }) =>
      Object.entries(checks)
        .slice(0, MAX_NAMED_SERIES)
        .map(([name, { word }]) => one(flag(word === 'ok'), { check: name })),
  },
  {
    name: 'resilient_breaker_open',
    help: 'Whether a circuit breaker is open',
    type: 'gauge',
    of: ({ breakers }) =>
      breakers
        .slice(-MAX_NAMED_SERIES)
        .map(({ name, state }) => one(flag(state === 'open'), { breaker: name })),
  },
  {
    name: 'db_client_connection_count',
    help: 'Connections in use, as last heard of the pool',
    type: 'gauge',
    of: ({ pools }) =>
      pools
        .slice(-MAX_NAMED_SERIES)
        .map(({ name, inUse }) =>
          one(inUse, { db_client_connection_pool_name: name, db_client_connection_state: 'used' }),
        ),
  },
  {
    name: 'db_client_connection_max',
    help: 'The most connections that a pool may open',
    type: 'gauge',
    of: ({ pools }) =>
      pools
        .slice(-MAX_NAMED_SERIES)
        .map(({ name, limit }) => one(limit, { db_client_connection_pool_name: name })),
  },
  {
    name: 'db_client_connection_pending_requests',
    help: 'Callers that wait for a connection',
    type: 'gauge',
    of: ({ pools }) =>
      pools
        .slice(-MAX_NAMED_SERIES)
        .map(({ name, waiting }) => one(waiting, { db_client_connection_pool_name: name })),
  },
  {
    name: 'process_uptime_seconds',
    help: 'Time since the monitor was made',
    type: 'gauge',
    of: ({ uptimeMs }) => [one(uptimeMs / 1_000)],
  },
  {
    name: 'process_memory_usage_bytes',
    help: 'Resident memory',
    type: 'gauge',
    of: ({ resources }) => [one(resources.rssBytes)],
  },
  {
    name: 'process_cpu_utilization_ratio',
    help: 'CPU time by the cores granted',
    type: 'gauge',
    of: ({ resources }) => [one(resources.cpuShare)],
  },
  {
    name: 'v8js_memory_heap_used_bytes',
    help: 'Used part of the heap',
    type: 'gauge',
    of: ({ resources }) => [one(resources.heapUsedBytes)],
  },
  {
    name: 'v8js_memory_heap_limit_bytes',
    help: 'What the heap may grow to',
    type: 'gauge',
    of: ({ resources }) => [one(resources.heapLimitBytes)],
  },
  {
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of the time in which the main thread was busy',
    type: 'gauge',
    of: ({ resources }) => [one(resources.eventLoopUtilization)],
  },
  {
    name: 'nodejs_eventloop_delay_p99_seconds',
    help: 'The p99 of the delay of the event loop',
    type: 'gauge',
    of: ({ resources }) => [one(resources.eventLoopDelayMs / 1_000)],
  },
];

/** Everything that is told to metrics systems; at most 2,000 series, whatever the application does. */
export function familiesOf(monitor: HealthMonitor): FamilyDefinition[] {
  const gauges = GAUGES.map(({ of, ...definition }) => ({
    ...definition,
    read: () => of(monitor.getReport()),
  }));
  const events: FamilyDefinition = {
    name: 'resilient_recent_events',
    help: 'What the packages told in the last 15 minutes',
    type: 'gauge',
    read: () => Object.entries(monitor.getReport().events).map(([event, count]) => one(count, { event })),
  };
  return [...counters(monitor.totals), ...gauges, events];
}
