import { onResilienceEvent } from '@resilient/core';
import { CheckBoard } from '../checks/check-board.ts';
import { tellSupervisor } from '../supervise/messages.ts';
import { ErrorRecorder } from './error-recorder.ts';
import { EventLedger } from './event-ledger.ts';
import { type HealthMonitorOptions, monitorSettings } from './options.ts';
import { answerProbe } from './probes.ts';
import { reportOf } from './report.ts';
import { RequestRecorder } from './request-recorder.ts';
import { resourceReader } from './resources.ts';
import { summaryOf } from './summary.ts';
import type { ErrorSummary, HealthMonitor, Lifecycle } from './types.ts';

/**
 * Makes a monitor: it counts errors and requests, runs checks, listens to what the other packages tell, and knows at
 * every moment how the application is. Its timers do not keep the process alive.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 *
 * await using monitor = createHealthMonitor({ name: 'shop' });
 * monitor.recordError(new Error('no stock'), { route: '/buy/:id' });
 * console.log(monitor.getErrorSummary().errorsByType); // { Error: 1 }
 * ```
 */
export function createHealthMonitor(options: HealthMonitorOptions = {}): HealthMonitor {
  const settings = monitorSettings(options);
  const { name, clock, logger } = settings;
  const errors = new ErrorRecorder(name, clock, logger);
  const requests = new RequestRecorder(clock);
  const events = new EventLedger(clock);
  const checks = new CheckBoard(settings.checks, clock, logger);
  const resources = resourceReader();
  const startedAt = clock.epochNow();
  const bornAt = clock.now();
  let lifecycle: Lifecycle = 'starting';
  let broken: string | undefined;

  const unsubscribe = onResilienceEvent((event) => {
    events.add(event);
    if (event.kind === 'error') errors.record(event.error, undefined);
  });

  const summary = (): ErrorSummary =>
    summaryOf({
      byType: errors.countsByType(),
      window: requests.window(),
      rate: requests.judge(settings.thresholds.errorRate),
      checks: checks.verdict(),
      broken,
    });

  const monitor: HealthMonitor = {
    name,
    clock,
    logger,
    get lifecycle() {
      return lifecycle;
    },
    recordError: (error, context) => errors.record(error, context),
    recordRequest(request) {
      try {
        requests.record(request);
      } catch {
        // what is no request is not counted
      }
    },
    getErrorSummary: summary,
    getReport: () =>
      reportOf({
        settings,
        lifecycle,
        summary: summary(),
        errors,
        requests,
        events,
        checks,
        resources: resources(),
        startedAt,
        bornAt,
      }),
    started() {
      if (lifecycle !== 'starting') return;
      lifecycle = 'running';
      tellSupervisor('started');
    },
    declareBroken(reason) {
      broken ??= String(reason).slice(0, 200);
      logger.error({ reason: broken }, 'declared broken: liveness is 503 until a restart');
    },
    startDraining() {
      lifecycle = 'draining';
    },
    probe: (which) =>
      answerProbe(which, {
        lifecycle: () => lifecycle,
        broken,
        checks,
        summary,
        brokenForMs: settings.brokenForMs,
      }),
    async close() {
      unsubscribe();
      checks.close();
      errors.close();
    },
    [Symbol.asyncDispose]: () => monitor.close(),
  };
  return monitor;
}
