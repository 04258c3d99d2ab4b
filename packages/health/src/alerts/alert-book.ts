import { type Clock, type TimerHandle, withoutDeadline } from '@resilient/core';
import { type FingerprintRecord, oldestInstant } from '../counting/fingerprint-record.ts';
import { MAX_ALERTS, REPEAT_LIMIT } from '../defaults.ts';
import { type AlertState, alertStep, repeatDueAt } from './alert-state.ts';
import { repeatEndsAt, repeatsTooOften } from './repeat-rule.ts';

/** Something to be told about one alert. */
export interface AlertNotice {
  readonly state: 'fired' | 'repeated' | 'resolved';
  /** How often it happened since the last notice. */
  readonly count: number;
  readonly record: FingerprintRecord;
}

interface Active {
  readonly record: FingerprintRecord;
  state: AlertState;
}

/** The alerts that fire or are quiet, 1,000 at most. It has a timer only while there are any. */
export class AlertBook {
  readonly #clock: Clock;
  readonly #tell: (notice: AlertNotice) => void;
  readonly #active = new Map<string, Active>();
  #timer: TimerHandle;
  #closed = false;
  #putOff = 0;

  constructor(clock: Clock, tell: (notice: AlertNotice) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** How many alerts found no place so far; one that goes on fires when there is one. */
  get putOff(): number {
    return this.#putOff;
  }

  /** The record that an alert holds, also after its fingerprint gave way in the book of fingerprints. */
  recordOf(key: string): FingerprintRecord | undefined {
    return this.#active.get(key)?.record;
  }

  /** To be called after an error was noted in its record. */
  observe(record: FingerprintRecord): void {
    const active = this.#active.get(record.key);
    if (active !== undefined) {
      this.#evaluate(active);
      return;
    }
    if (oldestInstant(record) === undefined || !repeatsTooOften(record, this.#clock.now())) return;
    if (!this.#hasRoom()) {
      this.#putOff += 1;
      return;
    }
    const fresh: Active = { record, state: { phase: 'idle' } };
    this.#active.set(record.key, fresh);
    this.#evaluate(fresh);
    this.#arm();
  }

  /** The alerts that fire now. */
  firing(): FingerprintRecord[] {
    return [...this.#active.values()]
      .filter((active) => active.state.phase === 'firing')
      .map((active) => active.record);
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
  }

  /** Whether one more alert can be kept; one that is quiet makes room. */
  #hasRoom(): boolean {
    if (this.#active.size < MAX_ALERTS) return true;
    for (const [key, { state }] of this.#active) {
      if (state.phase === 'quiet') return this.#active.delete(key);
    }
    return false;
  }

  #evaluate(active: Active): void {
    const now = this.#clock.now();
    const { record } = active;
    const holds = repeatsTooOften(record, now);
    const step = alertStep(active.state, { now, holds, total: record.count, initial: REPEAT_LIMIT + 1 });
    active.state = step.state;
    if (step.state.phase === 'idle') this.#active.delete(record.key);
    if (step.notice !== undefined) this.#tell({ ...step.notice, record });
  }

  /** One timer for all: at the first instant at which something may have to be said. Errors only move it later. */
  #arm(): void {
    this.#clock.clearTimer(this.#timer);
    if (this.#closed || this.#active.size === 0) return;
    const dueAt = Math.min(...[...this.#active.values()].map(dueAtOf));
    const waitMs = Math.max(1, dueAt - this.#clock.now());
    this.#timer = withoutDeadline(() =>
      this.#clock.setTimer(() => this.#wake(), waitMs, { background: true }),
    );
  }

  #wake(): void {
    for (const active of [...this.#active.values()]) this.#evaluate(active);
    this.#arm();
  }
}

function dueAtOf({ record, state }: Active): number {
  if (state.phase === 'firing') return Math.min(repeatDueAt(state), repeatEndsAt(record));
  return state.phase === 'quiet' ? state.until : 0;
}
