import type { AlertBook } from '../alerts/alert-book.ts';
import { StatusAlert, type StatusSample } from '../alerts/status-alert.ts';
import type { CheckBoard } from '../checks/check-board.ts';
import type { CheckRunner } from '../checks/check-runner.ts';
import type { HealthStatus } from '../status/level.ts';
import type { MetricBoard } from '../status/metric-board.ts';

function levelOf(runner: CheckRunner): HealthStatus {
  const { word, at } = runner.state();
  // Before its first result nothing is known: readiness is `starting` then, and nobody need be woken.
  if (word === 'ok' || at === undefined || runner.isGaugeAlone) return 'healthy';
  return runner.check.required && word !== 'degraded' ? 'critical' : 'degraded';
}

/** Turns what each sample says of metrics and checks into alerts. */
export class StatusWatch {
  readonly #alerts: AlertBook;
  readonly #holdSamples: number;
  readonly #sources = new Map<string, StatusAlert>();
  /** Samples in a row in which a check failed; metrics are held already. */
  readonly #failing = new Map<string, number>();

  constructor(alerts: AlertBook, holdSamples: number) {
    this.#alerts = alerts;
    this.#holdSamples = holdSamples;
  }

  sample(metrics: MetricBoard, checks: CheckBoard): void {
    for (const { id, level, value, reason, degraded, critical } of metrics.states()) {
      const threshold = level === 'critical' ? critical : degraded;
      this.#observe('threshold', id, {
        level,
        value,
        ...(reason === undefined ? {} : { reason }),
        ...(threshold === undefined ? {} : { threshold }),
      });
    }
    for (const runner of checks.runners) this.#check(runner);
  }

  #check(runner: CheckRunner): void {
    const { name, required } = runner.check;
    const level = levelOf(runner);
    const failing = level === 'healthy' ? 0 : (this.#failing.get(name) ?? 0) + 1;
    this.#failing.set(name, failing);
    const isHeld = failing >= this.#holdSamples;
    this.#observe('check', name, {
      level: isHeld ? level : 'healthy',
      reason: `${required ? 'required ' : ''}check ${name}: ${runner.state().word}`,
    });
  }

  #observe(rule: 'threshold' | 'check', key: string, sample: StatusSample): void {
    const id = `${rule}\n${key}`;
    let source = this.#sources.get(id);
    if (source === undefined) {
      if (sample.level === 'healthy') return;
      source = new StatusAlert(rule, key);
      this.#sources.set(id, source);
    }
    source.note(sample);
    this.#alerts.observe(source);
  }
}
