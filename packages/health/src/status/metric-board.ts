import { type Clock, type TimerHandle, withoutDeadline } from '@resilient/core';
import { type HeldLevel, holdStep, UNHELD } from './hysteresis.ts';
import { type HealthStatus, worst } from './level.ts';
import { type Reading, reasonOf } from './reading.ts';
import type { Sampling } from './sampling.ts';
import type { MetricName, Threshold } from './thresholds.ts';

/** Something that is measured every few seconds against two thresholds. */
export interface Metric {
  /** Its name in the report and in alerts: the metric's, with a check's behind it where there may be several. */
  readonly id: string;
  readonly metric: MetricName;
  /** `false` for one that is measured and shown, and says nothing of the status. */
  readonly threshold: Threshold | false;
  /** Measures; `undefined` where nothing can be said. May take its time: it is not asked twice at once. */
  read(): Reading | undefined | Promise<Reading | undefined>;
}

/** Where one metric stands. */
export interface MetricState {
  readonly id: string;
  readonly level: HealthStatus;
  /** The last value: a share from 0 to 1, or milliseconds. */
  readonly value: number;
  /** Its thresholds; absent where they are turned off. */
  readonly degraded?: number;
  readonly critical?: number;
  /** Why the level is what it is, where it is not healthy. */
  readonly reason?: string;
}

class Measured {
  readonly metric: Metric;
  held: HeldLevel = UNHELD;
  reading: Reading = { value: 0, said: '' };
  busy = false;

  constructor(metric: Metric) {
    this.metric = metric;
  }
}

/** Measures all metrics every few seconds, and holds their levels. */
export class MetricBoard {
  readonly #clock: Clock;
  readonly #sampling: Sampling;
  readonly #measured: readonly Measured[];
  readonly #onSample: () => void;
  #timer: TimerHandle;
  #closed = false;

  /** `onSample` is called after each round, and after a reading that came late. */
  constructor(clock: Clock, sampling: Sampling, metrics: readonly Metric[], onSample: () => void) {
    this.#clock = clock;
    this.#sampling = sampling;
    this.#measured = metrics.map((metric) => new Measured(metric));
    this.#onSample = onSample;
    withoutDeadline(() => this.#arm());
  }

  /** Where each metric stands, in the order they were given. */
  states(): MetricState[] {
    return this.#measured.map((one) => this.#stateOf(one));
  }

  /** What the metrics say of the whole, the worst reasons first. */
  verdict(): { readonly status: HealthStatus; readonly reasons: readonly string[] } {
    const states = this.states();
    const reasons = (level: HealthStatus): string[] =>
      states.flatMap((state) => (state.level === level && state.reason !== undefined ? [state.reason] : []));
    return {
      status: worst(...states.map(({ level }) => level)),
      reasons: [...reasons('critical'), ...reasons('degraded')],
    };
  }

  /** The level of one metric; healthy for one that is not measured. */
  levelOf(id: string): HealthStatus {
    return this.#measured.find(({ metric }) => metric.id === id)?.held.level ?? 'healthy';
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(() => this.#sample(), this.#sampling.intervalMs, { background: true });
  }

  #sample(): void {
    if (this.#closed) return;
    this.#arm();
    for (const one of this.#measured) this.#measure(one);
    this.#onSample();
  }

  #measure(one: Measured): void {
    if (one.busy) return;
    try {
      const reading = one.metric.read();
      if (reading instanceof Promise) this.#await(one, reading);
      else this.#step(one, reading);
    } catch {
      this.#step(one, undefined);
    }
  }

  /** A reading that never comes keeps its place: a file system that hangs is not asked again and again. */
  #await(one: Measured, reading: Promise<Reading | undefined>): void {
    one.busy = true;
    const settle = (late: Reading | undefined): void => {
      one.busy = false;
      if (this.#closed) return;
      this.#step(one, late);
      this.#onSample();
    };
    reading.then(settle, () => settle(undefined));
  }

  /** What cannot be read breaks no threshold; the check that it belongs to says that it cannot. */
  #step(one: Measured, reading: Reading | undefined): void {
    if (reading === undefined || !Number.isFinite(reading.value)) {
      one.held = UNHELD;
      return;
    }
    one.reading = reading;
    const { threshold } = one.metric;
    if (threshold !== false) one.held = holdStep(one.held, reading.value, threshold, this.#sampling);
  }

  #stateOf({ metric, held, reading }: Measured): MetricState {
    const { id, threshold } = metric;
    const { level } = held;
    if (threshold === false) return { id, level, value: reading.value };
    const { degraded, critical } = threshold;
    const facts = { id, level, value: reading.value, degraded, critical };
    if (level === 'healthy') return facts;
    return { ...facts, reason: reasonOf(metric.metric, reading, level, threshold, this.#sampling.clearAt) };
  }
}
