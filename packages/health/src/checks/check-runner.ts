import { type Clock, type Logger, peek, type TimerHandle, withoutDeadline } from '@resilient/core';
import { STALE_INTERVALS } from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthStatus } from '../status/level.ts';
import type { CheckResult, CheckWord } from './check-result.ts';
import type { HealthCheck } from './define-check.ts';
import { safeDetails } from './safe-details.ts';

/** What a check last answered. */
export interface CheckState {
  readonly word: CheckWord;
  /** Wall time of the result, absent before the first. */
  readonly at?: number;
  readonly latencyMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether a run is under way, perhaps for long. */
  readonly running: boolean;
}

interface Outcome {
  readonly word: CheckWord;
  readonly latencyMs: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Recorded extends Outcome {
  readonly now: number;
  readonly at: number;
}

const WORDS: readonly unknown[] = ['ok', 'degraded', 'down'];

/** Runs one check: in the background and when a probe asks, never twice at a time, and remembers what it answered. */
export class CheckRunner {
  readonly check: HealthCheck;
  /** What the monitor holds of the check's gauge, if it has one. */
  gaugeLevel: () => HealthStatus = () => 'healthy';
  readonly #clock: Clock;
  readonly #logger: Logger;
  #last: Recorded | undefined;
  #failingSince: number | undefined;
  #running: Promise<void> | undefined;
  #timer: TimerHandle;
  #stop: (() => void) | undefined;
  #closed = false;

  constructor(check: HealthCheck, clock: Clock, logger: Logger) {
    this.check = check;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Begins to run it, now and every `intervalMs`. */
  start(): void {
    withoutDeadline(() => this.#tick());
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
    this.#stop?.();
  }

  /** Whether it has answered at all; a timeout is no answer. */
  get answered(): boolean {
    return this.#last !== undefined && this.#last.word !== 'timeout';
  }

  /** For how long it has been neither ok nor degraded, in milliseconds. */
  failingForMs(): number {
    return this.#failingSince === undefined ? 0 : this.#clock.now() - this.#failingSince;
  }

  state(): CheckState {
    const running = this.#running !== undefined;
    if (this.#last === undefined) return { word: 'unknown', running };
    const { word, at, latencyMs, details, now } = this.#last;
    const stale = this.#clock.now() - now > STALE_INTERVALS * this.check.intervalMs;
    return {
      word: stale ? 'unknown' : this.#shown(word),
      at,
      latencyMs,
      running,
      ...(details === undefined ? {} : { details }),
    };
  }

  /** Whether its word is that of its gauge, of which the metrics speak already. */
  get isGaugeAlone(): boolean {
    return this.#last?.word === 'ok' && this.state().word === 'degraded';
  }

  /** What can be measured, but is too full, is degraded and not down. */
  #shown(word: CheckWord): CheckWord {
    return word === 'ok' && this.gaugeLevel() !== 'healthy' ? 'degraded' : word;
  }

  /** Resolves when there is a result not older than `ttlMs`, or when the run under way is out of time. */
  async refresh(): Promise<void> {
    if (this.#last !== undefined && this.#clock.now() - this.#last.now <= this.check.ttlMs) return;
    await withoutDeadline(() => this.#run());
  }

  #tick(): void {
    if (this.#closed) return;
    void this.#run();
    this.#timer = this.#clock.setTimer(() => this.#tick(), this.check.intervalMs, { background: true });
  }

  /** One run at a time: who comes while one is under way gets that one. */
  #run(): Promise<void> {
    if (this.#running !== undefined || this.#closed) return this.#running ?? Promise.resolve();
    const startedAt = this.#clock.now();
    const controller = new AbortController();
    let timedOut = false;
    this.#running = new Promise((resolve) => {
      const finish = (outcome: Omit<Outcome, 'latencyMs'> & { latencyMs?: number }): void => {
        this.#record({ latencyMs: this.#clock.now() - startedAt, ...outcome });
        resolve();
      };
      const onTimeout = (): void => {
        timedOut = true;
        finish({ word: 'timeout' });
        controller.abort(new Error(`the check has no answer after ${this.check.timeoutMs} ms`));
      };
      const timer = this.#clock.setTimer(onTimeout, this.check.timeoutMs, { background: true });
      this.#stop = () => {
        this.#clock.clearTimer(timer);
        controller.abort(new Error('the monitor was closed'));
        resolve();
      };
      // A run that is out of time keeps its place until it really ends: a dependency that hangs is not asked again.
      const settle = (outcome: Omit<Outcome, 'latencyMs'>): void => {
        this.#clock.clearTimer(timer);
        this.#running = undefined;
        this.#stop = undefined;
        if (!timedOut && !this.#closed) finish(outcome);
      };
      void this.#ask(controller.signal).then(settle);
    });
    return this.#running;
  }

  async #ask(signal: AbortSignal): Promise<Omit<Outcome, 'latencyMs'> & { latencyMs?: number }> {
    try {
      return readResult(await this.check.run({ signal }));
    } catch (error) {
      return { word: 'down', details: { error: errorForLog(error) } };
    }
  }

  #record(outcome: Outcome): void {
    const before = this.#last?.word;
    const now = this.#clock.now();
    this.#last = { ...outcome, now, at: this.#clock.epochNow() };
    const good = outcome.word === 'ok' || outcome.word === 'degraded';
    this.#failingSince = good ? undefined : (this.#failingSince ?? now);
    if (before === outcome.word || (before === undefined && outcome.word === 'ok')) return;
    const facts = { check: this.check.name, word: outcome.word, before: before ?? 'unknown' };
    const sentence = `check ${this.check.name}: ${outcome.word}`;
    if (outcome.word === 'ok') this.#logger.info(facts, sentence);
    else this.#logger.warn({ ...facts, details: outcome.details }, sentence);
  }
}

function readResult(result: unknown): Omit<Outcome, 'latencyMs'> & { latencyMs?: number } {
  if (result === undefined) return { word: 'ok' };
  const status = peek(result, 'status');
  if (!WORDS.includes(status)) {
    return {
      word: 'down',
      details: { error: 'the check answered neither nothing nor a `status` of ok, degraded or down' },
    };
  }
  const latencyMs = peek(result, 'latencyMs');
  const details = peek(result, 'details');
  return {
    word: status as CheckResult['status'],
    ...(typeof latencyMs === 'number' && Number.isFinite(latencyMs) ? { latencyMs } : {}),
    ...(typeof details === 'object' && details !== null ? { details: safeDetails(details) } : {}),
  };
}
