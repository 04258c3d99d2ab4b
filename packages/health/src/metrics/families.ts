import { MAX_NAMED_SERIES } from '../defaults.ts';
import type { Attributes, FamilyDefinition, NumberFamily, Sample } from './family.ts';
import { REQUEST_DURATION, statusCode } from './request-duration.ts';

const STATUSES = ['healthy', 'degraded', 'critical'] as const;
const SEVERITIES = ['warning', 'critical'] as const;
const POOL = 'db.client.connection.pool.name';

const one = (value: number, attributes: Attributes = {}): Sample => ({ value, attributes });
const flag = (is: boolean): number => (is ? 1 : 0);

/** The newest of each name, 100 at most: two packages may call theirs the same. */
function latest<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.name, item])).values()].slice(-MAX_NAMED_SERIES);
}

/** What is counted since the start. */
const COUNTERS: readonly NumberFamily[] = [
  {
    name: 'resilient.http.requests',
    unit: '{request}',
    help: 'Requests that were answered',
    type: 'counter',
    read: ({ totals }) =>
      [...totals.requests()].map(({ route, status, count }) =>
        one(count, { 'http.route': route, 'http.response.status_code': statusCode(status) }),
      ),
  },
  {
    name: 'resilient.errors',
    unit: '{error}',
    help: 'Errors that were recorded',
    type: 'counter',
    read: ({ totals }) => [...totals.errors()].map(([type, count]) => one(count, { 'error.type': type })),
  },
];

/** How the application is. */
const STATES: readonly NumberFamily[] = [
  {
    name: 'resilient.health.status',
    unit: '',
    help: 'How the application is: 1 for what it is, 0 for what it is not',
    type: 'gauge',
    read: ({ report }) => STATUSES.map((status) => one(flag(report.status === status), { status })),
  },
  {
    name: 'resilient.alerts.firing',
    unit: '{alert}',
    help: 'Alerts that fire now',
    type: 'gauge',
    read: ({ report }) =>
      SEVERITIES.map((severity) =>
        one(report.alerts.filter((alert) => alert.severity === severity).length, { severity }),
      ),
  },
  {
    name: 'resilient.check.up',
    unit: '',
    help: 'Whether a check says ok',
    type: 'gauge',
    read: ({ report }) =>
      Object.entries(report.checks)
        .slice(0, MAX_NAMED_SERIES)
        .map(([check, { word }]) => one(flag(word === 'ok'), { check })),
  },
  {
    name: 'resilient.breaker.open',
    unit: '',
    help: 'Whether a circuit breaker is open',
    type: 'gauge',
    read: ({ report }) =>
      latest(report.breakers).map(({ name, state }) => one(flag(state === 'open'), { breaker: name })),
  },
];

/** Pools of connections, as last heard of them. */
const POOLS: readonly NumberFamily[] = [
  {
    name: 'db.client.connection.count',
    unit: '{connection}',
    help: 'Connections in use, as last heard of the pool',
    type: 'updowncounter',
    read: ({ report }) =>
      latest(report.pools).map(({ name, inUse }) =>
        one(inUse, { [POOL]: name, 'db.client.connection.state': 'used' }),
      ),
  },
  {
    name: 'db.client.connection.max',
    unit: '{connection}',
    help: 'The most connections that a pool may open',
    type: 'updowncounter',
    read: ({ report }) => latest(report.pools).map(({ name, limit }) => one(limit, { [POOL]: name })),
  },
  {
    name: 'db.client.connection.pending_requests',
    unit: '{request}',
    help: 'Callers that wait for a connection',
    type: 'updowncounter',
    read: ({ report }) => latest(report.pools).map(({ name, waiting }) => one(waiting, { [POOL]: name })),
  },
];

/** What the process uses. */
const PROCESS: readonly NumberFamily[] = [
  {
    name: 'process.uptime',
    unit: 's',
    help: 'Time since the monitor was made',
    type: 'gauge',
    read: ({ report }) => [one(report.uptimeMs / 1_000)],
  },
  {
    name: 'process.memory.usage',
    unit: 'By',
    help: 'Resident memory',
    type: 'updowncounter',
    read: ({ report }) => [one(report.resources.rssBytes)],
  },
  {
    name: 'process.cpu.utilization',
    unit: '1',
    help: 'CPU time by the cores granted',
    type: 'gauge',
    read: ({ report }) => [one(report.resources.cpuShare)],
  },
  {
    name: 'v8js.memory.heap.used',
    unit: 'By',
    help: 'Used part of the heap',
    type: 'updowncounter',
    read: ({ report }) => [one(report.resources.heapUsedBytes)],
  },
  {
    // V8's limit of the whole heap: `v8js.memory.heap.space.size` is what one space has taken.
    name: 'resilient.heap.limit',
    unit: 'By',
    help: 'What the heap may grow to',
    type: 'updowncounter',
    read: ({ report }) => [one(report.resources.heapLimitBytes)],
  },
  {
    name: 'nodejs.eventloop.utilization',
    unit: '1',
    help: 'Share of the time in which the main thread was busy',
    type: 'gauge',
    read: ({ report }) => [one(report.resources.eventLoopUtilization)],
  },
  {
    name: 'nodejs.eventloop.delay.p99',
    unit: 's',
    help: 'The p99 of the delay of the event loop',
    type: 'gauge',
    read: ({ report }) => [one(report.resources.eventLoopDelayMs / 1_000)],
  },
];

const EVENTS: NumberFamily = {
  name: 'resilient.recent_events',
  unit: '{event}',
  help: 'What the packages told in the last 15 minutes',
  type: 'gauge',
  read: ({ report }) => Object.entries(report.events).map(([event, count]) => one(count, { event })),
};

/**
 * Everything that is told to metrics systems, under the names, units and attributes of OpenTelemetry's semantic
 * conventions (1.45: HTTP, database client connections, OS process, Node.js and V8 runtime) where they have one, and
 * `resilient.*` where they have none. At most 2,000 series, whatever the application does: for that, requests are told
 * apart by status alone, not by method and scheme, and the heap by none of its spaces.
 */
export const FAMILIES: readonly FamilyDefinition[] = [
  REQUEST_DURATION,
  ...COUNTERS,
  ...STATES,
  ...POOLS,
  ...PROCESS,
  EVENTS,
];
