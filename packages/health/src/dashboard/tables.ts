import type { HealthReport } from '../monitor/types.ts';
import { clockTime, milliseconds } from './format.ts';
import { instancesOf } from './instances.ts';
import type { Table } from './view.ts';

const SHOWN = 20;

/** What a session was healed of: its events are counted as `session.<action>`. */
const REPAIRS = 'session.';

function alertsOf({ alerts }: HealthReport): Table {
  return {
    id: 'alerts',
    title: 'Alerts',
    columns: ['Since', 'Severity', 'What', 'How often'],
    rows: alerts
      .slice(0, SHOWN)
      .map((alert) => [clockTime(alert.firedAt), alert.severity, alert.summary, String(alert.total)]),
    empty: 'Nothing fires.',
  };
}

function checksOf({ checks }: HealthReport): Table {
  return {
    id: 'checks',
    title: 'Checks',
    columns: ['Check', 'Result', 'Took', 'At'],
    rows: Object.entries(checks).map(([name, check]) => [
      check.required ? name : `${name} (optional)`,
      check.word,
      check.latencyMs === undefined ? '' : milliseconds(check.latencyMs),
      clockTime(check.at),
    ]),
    empty: 'No checks were defined.',
  };
}

function errorsOf({ topErrors }: HealthReport): Table {
  return {
    id: 'errors',
    title: 'Errors',
    columns: ['Type', 'Message', 'Where', 'Count', 'Last'],
    rows: topErrors
      .slice(0, SHOWN)
      .map((error) => [
        error.code === undefined ? error.type : `${error.type} ${error.code}`,
        error.message,
        [error.route, error.frame].filter(Boolean).join(' · '),
        String(error.count),
        clockTime(error.lastSeenAt),
      ]),
    empty: 'None.',
  };
}

/** Names and counts, greatest first. */
function countsTable(
  id: string,
  title: string,
  column: string,
  counts: readonly (readonly [string, number])[],
): Table {
  const greatest = counts.toSorted(([, left], [, right]) => right - left).slice(0, SHOWN);
  return {
    id,
    title,
    columns: [column, 'Count'],
    rows: greatest.map(([name, count]) => [name, String(count)]),
    empty: 'None in the last 15 minutes.',
  };
}

/** Everything of a report that is a list. */
export function tablesOf(report: HealthReport): Table[] {
  const events = Object.entries(report.events);
  return [
    alertsOf(report),
    checksOf(report),
    ...(report.fleet === undefined ? [] : [instancesOf(report.fleet)]),
    {
      id: 'pools',
      title: 'Pools',
      columns: ['Pool', 'State', 'In use', 'Waiting'],
      rows: report.pools.map(({ name, state, inUse, waiting, limit }) => [
        name,
        state,
        `${inUse} of ${limit}`,
        String(waiting),
      ]),
      empty: 'Nothing was heard of a pool.',
    },
    {
      id: 'breakers',
      title: 'Circuit breakers',
      columns: ['To', 'State', 'Tries again'],
      rows: report.breakers.map(({ name, state, retryAt }) => [name, state, clockTime(retryAt)]),
      empty: 'None has opened.',
    },
    errorsOf(report),
    countsTable('types', 'Errors by type', 'Type', Object.entries(report.summary.errorsByType)),
    countsTable('routes', 'Routes', 'Route', Object.entries(report.routes)),
    countsTable(
      'repairs',
      'Session repairs',
      'Repair',
      events.filter(([name]) => name.startsWith(REPAIRS)),
    ),
    countsTable(
      'events',
      'Events',
      'Event',
      events.filter(([name]) => !name.startsWith(REPAIRS)),
    ),
  ];
}
