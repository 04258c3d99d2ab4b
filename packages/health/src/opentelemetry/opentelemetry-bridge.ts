import { checkKnown, refuse } from '@resilient/core';
import { errorForLog } from '../errors/error-for-log.ts';
import { durationAttributes } from '../metrics/request-duration.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { instrumentsOn } from './instruments.ts';
import { type BatchObservableResult, createNoopMeter, type Meter, metrics } from './opentelemetry.ts';

/** The name of our meter, which views select it by. */
const METER = '@resilient/health';

/** What can be said of {@link openTelemetryBridge}. */
export interface OpenTelemetryBridgeOptions {
  /**
   * Where the instruments are made.
   * @defaultValue the meter `@resilient/health` of the global MeterProvider
   */
  readonly meter?: Meter;
}

/** What tells a monitor to OpenTelemetry. Made by `openTelemetryBridge`. */
export interface OpenTelemetryBridge extends Disposable {
  /** Takes the callbacks away: from then on nothing is observed. Safe to call twice. */
  close(): void;
}

function meterOf({ meter }: OpenTelemetryBridgeOptions, { logger }: HealthMonitor): Meter {
  if (meter !== undefined) {
    if (typeof meter?.addBatchObservableCallback !== 'function')
      throw refuse('meter', 'a Meter of OpenTelemetry', meter);
    return meter;
  }
  const own = metrics.getMeter(METER);
  if (own === createNoopMeter()) {
    logger.warn({}, 'no MeterProvider is registered, so OpenTelemetry is told nothing: start its SDK first');
  }
  return own;
}

/**
 * Tells OpenTelemetry what `/metrics` tells Prometheus: the same families, under the names, units and attributes of the
 * semantic conventions where they have one (`http.server.request.duration`, `process.memory.usage`,
 * `nodejs.eventloop.delay.p99`, `db.client.connection.count` …), `resilient.*` for the rest, in at most 2,000 series.
 *
 * Nothing is sent by itself: a reader of the application's SDK asks, and is answered from one report of the monitor.
 * Counters go from the start of the monitor, durations of requests from the start of the bridge. Make it after the
 * SDK was started, and close it before the monitor.
 *
 * @throws TypeError for a wrong option
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 * import { MeterProvider } from '@opentelemetry/sdk-metrics';
 * import { createHealthMonitor } from '@resilient/health';
 * import { openTelemetryBridge } from '@resilient/health/opentelemetry';
 *
 * metrics.setGlobalMeterProvider(new MeterProvider({ readers: [] })); // with the readers of your backend
 * const monitor = createHealthMonitor({ name: 'school' });
 * const bridge = openTelemetryBridge(monitor);
 * bridge.close();
 * ```
 */
export function openTelemetryBridge(
  monitor: HealthMonitor,
  options: OpenTelemetryBridgeOptions = {},
): OpenTelemetryBridge {
  checkKnown('openTelemetryBridge', options, ['meter']);
  if (typeof (monitor as HealthMonitor | null)?.getReport !== 'function')
    throw refuse('monitor', 'a monitor of createHealthMonitor', monitor);
  const meter = meterOf(options, monitor);
  const { durations, observables, observe } = instrumentsOn(meter);
  let isClosed = false;
  let hasFailed = false;

  // All instruments in one callback: one report serves them all.
  const collect = (result: BatchObservableResult): void => {
    try {
      observe(result, { report: monitor.getReport(), totals: monitor.totals });
    } catch (error) {
      if (!hasFailed) monitor.logger.warn({ err: errorForLog(error) }, 'OpenTelemetry could not be told');
      hasFailed = true;
    }
  };
  meter.addBatchObservableCallback(collect, observables);
  const unsubscribe = monitor.totals.onRequest((status, durationS) =>
    durations.record(durationS, durationAttributes(status)),
  );

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    unsubscribe();
    meter.removeBatchObservableCallback(collect, observables);
  };
  return { close, [Symbol.dispose]: close };
}
