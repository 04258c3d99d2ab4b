import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HealthStatus } from '../status/level.ts';
import { FleetCounts } from './fleet-counts.ts';

const HOUR = 3_600_000;

type Step =
  | { kind: 'request'; status: number }
  | { kind: 'error'; type: string }
  | { kind: 'roll'; at: number; status: HealthStatus }
  | { kind: 'take' };

test('whatever comes in whatever order, with a clock that jumps: every count is handed out once', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('request' as const), status: fc.constantFrom(200, 404, 500, 503) }),
      fc.record({
        kind: fc.constant('error' as const),
        type: fc.constantFrom('A', 'B', '__proto__', '_OTHER'),
      }),
      fc.record({
        kind: fc.constant('roll' as const),
        at: fc.integer({ min: -30, max: 10 }),
        status: fc.constantFrom<HealthStatus>('healthy', 'degraded', 'critical'),
      }),
      fc.record({ kind: fc.constant('take' as const) }),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (all: Step[]) => {
      const counts = new FleetCounts();
      const sums = { requests: 0, failures: 0, errors: 0 };
      const told = { requests: 0, failures: 0, errors: 0 };
      const take = (): void => {
        for (const { requests, failures, errorsByType } of counts.takeHours()) {
          told.requests += requests;
          told.failures += failures;
          told.errors += Object.values(errorsByType).reduce((sum, count) => sum + count, 0);
        }
      };
      for (const step of all) {
        if (step.kind === 'request') {
          counts.request(0, step.status, 1);
          sums.requests += 1;
          if (step.status >= 500) sums.failures += 1;
        } else if (step.kind === 'error') {
          counts.error(step.type);
          sums.errors += 1;
        } else if (step.kind === 'roll') counts.roll(step.at * HOUR, step.status);
        else take();
      }
      counts.roll(0, 'healthy');
      take();
      expect(told).toEqual(sums);
    }),
  );
});
