import { type Clock, type TimerHandle, withoutDeadline } from '@resilient/core';
import { MAX_ALERTS } from '../defaults.ts';
import type { AlertSource } from './alert-source.ts';
import { type AlertState, type AlertStep, alertStep, repeatDueAt } from './alert-state.ts';

/** What is to be told of a source. */
export type AlertNews = NonNullable<AlertStep['notice']> & {
  /** Monotonic instant by which the next news of this alert comes, if the process lives. */
  readonly nextBy: number;
};

interface Active {
  readonly source: AlertSource;
  state: AlertState;
}

const idOf = (rule: string, key: string): string => `${rule}\n${key}`;

/** The alerts that fire or are quiet, at most 1,000 of them of errors. It has a timer only while there are any. */
export class AlertBook {
  readonly #clock: Clock;
  readonly #tell: (source: AlertSource, news: AlertNews) => void;
  readonly #active = new Map<string, Active>();
  #timer: TimerHandle;
  #closed = false;
  #putOff = 0;

  constructor(clock: Clock, tell: (source: AlertSource, news: AlertNews) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** How many alerts found no place so far; one that goes on fires when there is one. */
  get putOff(): number {
    return this.#putOff;
  }

  /** The source that an alert holds, firing or quiet. */
  sourceOf(rule: string, key: string): AlertSource | undefined {
    return this.#active.get(idOf(rule, key))?.source;
  }

  /**
   * To be called when the rule of a source may have become true or false; `false` if there was no place for it. One
   * that is true for the first time is kept until it is over.
   */
  observe(source: AlertSource): boolean {
    const id = idOf(source.rule, source.key);
    const active = this.#active.get(id);
    if (active !== undefined) {
      const before = dueAtOf(active);
      this.#evaluate(active);
      // Time alone moves what is due later; news may move it nearer, and then the timer must as well.
      if (dueAtOf(active) < before) this.#arm();
      return true;
    }
    if (!source.holds(this.#clock.now())) return true;
    // Fingerprints are many, and may be invented; the other keys are few.
    if (source.rule === 'repeated-error' && !this.#hasRoom()) {
      this.#putOff += 1;
      return false;
    }
    const fresh: Active = { source, state: { phase: 'idle' } };
    this.#active.set(id, fresh);
    source.isKept = true;
    this.#evaluate(fresh);
    this.#arm();
    return true;
  }

  /** The alerts that fire now, with the monotonic instant since when. */
  firing(): { readonly source: AlertSource; readonly firedAt: number }[] {
    return [...this.#active.values()].flatMap(({ source, state }) =>
      state.phase === 'firing' ? [{ source, firedAt: state.firedAt }] : [],
    );
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
  }

  /** Whether one more alert can be kept; one that is quiet makes room. */
  #hasRoom(): boolean {
    if (this.#active.size < MAX_ALERTS) return true;
    for (const [id, { state }] of this.#active) {
      if (state.phase === 'quiet') return this.#forget(id);
    }
    return false;
  }

  #forget(id: string): boolean {
    const active = this.#active.get(id);
    if (active !== undefined) active.source.isKept = false;
    return this.#active.delete(id);
  }

  #evaluate(active: Active): void {
    const now = this.#clock.now();
    const { source } = active;
    const { total, initial, severity, resolveAfterMs } = source;
    const holds = source.holds(now);
    const step = alertStep(active.state, { now, holds, total, initial, severity, resolveAfterMs });
    active.state = step.state;
    if (step.state.phase === 'idle') this.#forget(idOf(source.rule, source.key));
    if (step.notice !== undefined) this.#tell(source, { ...step.notice, nextBy: newsDueAt(active) });
  }

  /** One timer for all: at the first instant at which something may have to be said. */
  #arm(): void {
    this.#clock.clearTimer(this.#timer);
    if (this.#closed || this.#active.size === 0) return;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const active of this.#active.values()) dueAt = Math.min(dueAt, dueAtOf(active));
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

/** A minute more than it takes: the loop may be busy, and a repetition waits while the rule is false for a moment. */
function newsDueAt({ source, state }: Active): number {
  return state.phase === 'firing' ? repeatDueAt(state) + source.resolveAfterMs + 60_000 : 0;
}

function dueAtOf({ source, state }: Active): number {
  if (state.phase === 'quiet') return state.until;
  if (state.phase === 'idle') return 0;
  return state.falseSince === undefined
    ? Math.min(repeatDueAt(state), source.endsAt())
    : state.falseSince + source.resolveAfterMs;
}
