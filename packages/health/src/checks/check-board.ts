import { type Clock, type Logger, refuse } from '@resilient/core';
import { PROBE_BUDGET_MS } from '../defaults.ts';
import type { CheckWord } from './check-result.ts';
import { CheckRunner } from './check-runner.ts';
import { definedCheck, type HealthCheck, type Probe } from './define-check.ts';

/** What the checks say about the whole. */
export interface CheckVerdict {
  readonly status: 'healthy' | 'degraded' | 'critical';
  readonly reasons: readonly string[];
}

/** All checks of a monitor. */
export class CheckBoard {
  readonly runners: readonly CheckRunner[];
  readonly #clock: Clock;

  constructor(checks: readonly HealthCheck[], clock: Clock, logger: Logger) {
    if (!Array.isArray(checks)) throw refuse('checks', 'an array of checks', checks);
    const names = new Set<string>();
    this.#clock = clock;
    this.runners = checks.map((given) => {
      const check = definedCheck(given);
      if (names.has(check.name)) throw refuse('checks', 'of different names', check.name);
      names.add(check.name);
      warnOfShared(check, logger);
      return new CheckRunner(check, clock, logger);
    });
    for (const runner of this.runners) runner.start();
  }

  /** Whether every required check has answered at least once. */
  get answered(): boolean {
    return this.runners.every((runner) => !runner.check.required || runner.answered);
  }

  of(probe: Probe): CheckRunner[] {
    return this.runners.filter((runner) => runner.check.probes.includes(probe));
  }

  /** Asks again where results are old, for as long as a probe may wait. */
  async refresh(runners: readonly CheckRunner[]): Promise<void> {
    if (runners.length === 0) return;
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(resolve, PROBE_BUDGET_MS, { background: true });
    });
    await Promise.race([late, Promise.all(runners.map((runner) => runner.refresh()))]);
    this.#clock.clearTimer(timer);
  }

  verdict(runners: readonly CheckRunner[] = this.runners): CheckVerdict {
    const reasons: string[] = [];
    let status: CheckVerdict['status'] = 'healthy';
    for (const runner of runners) {
      const { name, required } = runner.check;
      const { word } = runner.state();
      if (word === 'ok' || runner.isGaugeAlone) continue;
      reasons.push(`${required ? 'required ' : ''}check ${name}: ${word}`);
      if (required && word !== 'degraded') status = 'critical';
      else if (status === 'healthy') status = 'degraded';
    }
    return { status, reasons };
  }

  words(runners: readonly CheckRunner[] = this.runners): Record<string, CheckWord> {
    return Object.fromEntries(runners.map((runner) => [runner.check.name, runner.state().word]));
  }

  close(): void {
    for (const runner of this.runners) runner.close();
  }
}

function warnOfShared(check: HealthCheck, logger: Logger): void {
  if (!check.shared || !check.probes.includes('ready')) return;
  logger.warn(
    { check: check.name },
    `check ${check.name} is shared by all replicas and speaks in readiness: when it fails, all of them leave the balancer at once`,
  );
}
