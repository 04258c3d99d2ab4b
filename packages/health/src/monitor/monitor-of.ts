import { maskMessage, onResilienceEvent } from '@resilient/core';
import { AlertBook } from '../alerts/alert-book.ts';
import { AlertDesk } from '../alerts/alert-desk.ts';
import { CheckBoard } from '../checks/check-board.ts';
import { gaugeOf } from '../checks/gauge.ts';
import { Fleet } from '../fleet/fleet.ts';
import { MetricBoard } from '../status/metric-board.ts';
import type { Readings } from '../status/readings.ts';
import { tellSupervisor } from '../supervise/messages.ts';
import { ErrorRecorder } from './error-recorder.ts';
import { EventLedger } from './event-ledger.ts';
import { History } from './history.ts';
import type { Lifecycle } from './lifecycle.ts';
import { gaugeId, metricsOf } from './metrics-of.ts';
import type { MonitorSettings } from './options.ts';
import { answerProbe } from './probes.ts';
import { ProcessFigures } from './process-figures.ts';
import { reportOf } from './report.ts';
import { RequestRecorder } from './request-recorder.ts';
import { StatusWatch } from './status-watch.ts';
import { summaryOf } from './summary.ts';
import { Totals } from './totals.ts';
import type { ErrorSummary, HealthMonitor } from './types.ts';

/** Puts a monitor together on the readings it is given. */
export function monitorOf(settings: MonitorSettings, readings: Readings): HealthMonitor {
  const { name, release, instance, clock, logger, sampling } = settings;
  const desk = new AlertDesk(clock, logger, { service: name, release, instance }, settings.alerts);
  const alerts = new AlertBook(clock, (source, news) => desk.tell(source, news));
  const totals = new Totals();
  const errors = new ErrorRecorder(clock, logger, alerts, {
    error(type) {
      totals.error(type);
      fleet.error(type);
    },
  });
  const requests = new RequestRecorder(clock);
  const events = new EventLedger(clock);
  const figures = new ProcessFigures(readings);
  const checks = new CheckBoard(settings.checks, clock, logger);
  const history = new History(clock, sampling.intervalMs);
  const watch = new StatusWatch(alerts, sampling.holdSamples);
  const startedAt = clock.epochNow();
  const bornAt = clock.now();
  let lifecycle: Lifecycle = 'starting';
  let broken: string | undefined;

  const fleet: Fleet = new Fleet({
    service: name,
    instance,
    release,
    clock,
    logger,
    store: settings.fleet,
    look: () => {
      const { status, reasons } = summary();
      return { lifecycle, status, reasons, errors: errors.countsByType() };
    },
  });

  const metrics: MetricBoard = new MetricBoard(
    clock,
    sampling,
    metricsOf({ thresholds: settings.thresholds, requests, figures, checks }),
    () => {
      history.sample(metrics.states(), requests.p95Ms());
      // What ends is taken apart on purpose: nobody need be woken for it.
      if (lifecycle !== 'draining') watch.sample(metrics, checks);
    },
  );
  for (const runner of checks.runners) {
    const gauge = gaugeOf(runner.check);
    if (gauge === undefined) continue;
    const id = gaugeId(gauge.metric, runner.check.name);
    runner.gaugeLevel = () => metrics.levelOf(id);
  }

  const unsubscribe = onResilienceEvent((event) => {
    events.add(event);
    if (event.kind === 'error') errors.record(event.error, undefined);
  });

  const summary = (): ErrorSummary =>
    summaryOf({
      byType: errors.countsByType(),
      window: requests.window(),
      metrics: metrics.verdict(),
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
        history.request(request.status);
        totals.request(request.route, request.status, request.durationMs);
        fleet.request(request.status, request.durationMs);
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
        metrics: metrics.states(),
        alerts: alerts.firing(),
        resources: figures.resources(),
        fleet: settings.fleet === undefined ? undefined : fleet.known(),
        startedAt,
        bornAt,
      }),
    getFleetSummary: () => fleet.summary(),
    getHistory: () => history.points(),
    totals,
    started() {
      if (lifecycle !== 'starting') return;
      lifecycle = 'running';
      tellSupervisor('started');
    },
    declareBroken(reason) {
      broken ??= maskMessage(reason);
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
    flush: () => fleet.flush(),
    async close() {
      unsubscribe();
      metrics.close();
      checks.close();
      alerts.close();
      readings.close();
      await Promise.all([fleet.close(), desk.close()]);
    },
    [Symbol.asyncDispose]: () => monitor.close(),
  };
  return monitor;
}
