import { RESOLVE_AFTER_MS } from '../defaults.ts';
import type { HealthStatus } from '../status/level.ts';
import type { AlertFacts, AlertSource } from './alert-source.ts';
import type { AlertSeverity } from './alert-state.ts';

/** What a sample says of one metric or check. */
export interface StatusSample {
  readonly level: HealthStatus;
  /** In words, masked; of the last sample that was not healthy. */
  readonly reason?: string;
  readonly value?: number;
  readonly threshold?: number;
}

/** The alert of a metric above its threshold, or of a check that fails. It counts samples. */
export class StatusAlert implements AlertSource {
  readonly rule: 'threshold' | 'check';
  readonly key: string;
  readonly resolveAfterMs: number = RESOLVE_AFTER_MS;
  severity: AlertSeverity = 'warning';
  #isHealthy = true;
  #total = 0;
  #facts: AlertFacts;

  constructor(rule: 'threshold' | 'check', key: string) {
    this.rule = rule;
    this.key = key;
    this.#facts = { summary: key };
  }

  get total(): number {
    return this.#total;
  }

  get initial(): number {
    return this.#total;
  }

  /** Takes a sample; answers whether the rule is true now. */
  note({ level, reason, value, threshold }: StatusSample): boolean {
    this.#isHealthy = level === 'healthy';
    if (this.#isHealthy) return false;
    this.severity = level === 'critical' ? 'critical' : 'warning';
    this.#total += 1;
    this.#facts = {
      summary: reason ?? this.key,
      ...(value === undefined ? {} : { value }),
      ...(threshold === undefined ? {} : { threshold }),
    };
    return true;
  }

  holds(): boolean {
    return !this.#isHealthy;
  }

  endsAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  facts(): AlertFacts {
    return this.#facts;
  }
}
