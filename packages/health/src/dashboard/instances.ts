import type { FleetInstance, FleetSummary } from '../fleet/fleet-summary.ts';
import { clockTime, milliseconds, percent } from './format.ts';
import type { Table } from './view.ts';

const SHOWN = 50;

const statusOf = ({ gone, status, lifecycle }: FleetInstance): string =>
  gone ? 'gone' : lifecycle === 'running' ? status : `${status}, ${lifecycle}`;

const rateOf = (failures: number, requests: number): string =>
  percent(requests === 0 ? 0 : failures / requests);

/** All instances of the service with their figures, and what they are together. */
export function instancesOf(fleet: FleetSummary): Table {
  const rows = fleet.instances
    .slice(0, SHOWN)
    .map((one) => [
      one.self ? `${one.instance} (this one)` : one.instance,
      statusOf(one),
      one.release ?? '',
      String(one.requests),
      rateOf(one.failures, one.requests),
      String(one.totalErrors),
      milliseconds(one.p95Ms),
      one.self ? 'now' : clockTime(one.lastSeenAt),
    ]);
  return {
    id: 'instances',
    title: 'Instances',
    columns: ['Instance', 'Status', 'Release', 'Requests', 'Error rate', 'Errors', 'p95', 'Last seen'],
    rows: [
      ...rows,
      [
        `All ${fleet.live} that live`,
        fleet.status,
        '',
        String(fleet.requests),
        rateOf(fleet.failures, fleet.requests),
        String(fleet.totalErrors),
        milliseconds(fleet.p95Ms),
        '',
      ],
    ],
    empty: '',
  };
}
