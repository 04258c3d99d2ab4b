import { expectTypeOf, test } from 'vitest';
import { defineCheck, type HealthCheck } from '../checks/define-check.ts';
import { supervise } from '../supervise/supervise.ts';
import { createHealthMonitor } from './create-health-monitor.ts';
import type { ErrorSummary, HealthMonitor } from './types.ts';

test('anything can be recorded, and the summary says what the contract says', () => {
  expectTypeOf<HealthMonitor['recordError']>().parameter(0).toBeUnknown();
  expectTypeOf<ErrorSummary['status']>().toEqualTypeOf<'healthy' | 'degraded' | 'critical'>();
  expectTypeOf<ErrorSummary['timeWindow']>().toEqualTypeOf<'Last 15 minutes'>();
  expectTypeOf<ErrorSummary>().toHaveProperty('errorsByType');
  expectTypeOf(createHealthMonitor).returns.toExtend<AsyncDisposable>();
  expectTypeOf(supervise).returns.toBeBoolean();
});

test('wrong options do not compile', () => {
  expectTypeOf(defineCheck({ name: 'x', run: () => undefined })).toEqualTypeOf<HealthCheck>();
  // @ts-expect-error a check needs something to run
  defineCheck({ name: 'x' });
  // @ts-expect-error there is no such probe
  defineCheck({ name: 'x', run: () => undefined, probes: ['alive'] });
});
