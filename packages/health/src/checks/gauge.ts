import type { Reading } from '../status/reading.ts';
import type { MetricName } from '../status/thresholds.ts';
import type { HealthCheck } from './define-check.ts';

/** What a check measures beside its answer: the monitor holds it against the thresholds of `metric`. */
export interface Gauge {
  readonly metric: MetricName & ('database' | 'disk');
  /** Throws or rejects where nothing can be measured; the check itself says so. */
  read(): Reading | Promise<Reading>;
}

const gauges = new WeakMap<object, Gauge>();

/** Gives a check a gauge. */
export function withGauge(check: HealthCheck, gauge: Gauge): HealthCheck {
  gauges.set(check, gauge);
  return check;
}

/** The gauge of a check, if it has one. */
export function gaugeOf(check: HealthCheck): Gauge | undefined {
  return gauges.get(check);
}
