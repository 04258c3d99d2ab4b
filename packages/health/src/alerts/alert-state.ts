import { QUIET_MS, REPEAT_AFTER_MS, REPEAT_EVERY_MS } from '../defaults.ts';

/** How bad an alert is. */
export type AlertSeverity = 'warning' | 'critical';

/** Where one alert stands. All instants are monotonic milliseconds. */
export type AlertState =
  | { readonly phase: 'idle' }
  | {
      readonly phase: 'firing';
      readonly firedAt: number;
      /** Notices repeated so far. */
      readonly repeats: number;
      /** How often it had happened when the last notice was given. */
      readonly told: number;
      /** The worst that was told. */
      readonly severity: AlertSeverity;
      /** Since when the rule has been false, if it is. */
      readonly falseSince?: number;
    }
  | { readonly phase: 'quiet'; readonly until: number; readonly told: number };

/** What the rule says now. */
export interface AlertInput {
  readonly now: number;
  /** Whether the rule is true. */
  readonly holds: boolean;
  /** How often it has happened in all. */
  readonly total: number;
  /** How many of them belong to the first notice. */
  readonly initial: number;
  readonly severity: AlertSeverity;
  /** How long the rule must be false until the alert is over, in milliseconds. */
  readonly resolveAfterMs: number;
}

/** What is to be said, with the count since the last notice. */
export interface AlertStep {
  readonly state: AlertState;
  readonly notice?: { readonly state: 'fired' | 'repeated' | 'resolved'; readonly count: number };
}

/** When the next repetition is due: 10 minutes and 1 hour after the first notice, then every 4 hours. */
export function repeatDueAt(state: { readonly firedAt: number; readonly repeats: number }): number {
  const listed = REPEAT_AFTER_MS[state.repeats];
  if (listed !== undefined) return state.firedAt + listed;
  const last = REPEAT_AFTER_MS.at(-1) ?? 0;
  return state.firedAt + last + (state.repeats - REPEAT_AFTER_MS.length + 1) * REPEAT_EVERY_MS;
}

/** How many repetitions were due by `now`. */
export function repeatsBy(
  state: { readonly firedAt: number; readonly repeats: number },
  now: number,
): number {
  let repeats = state.repeats;
  while (repeatDueAt({ ...state, repeats }) <= now) repeats += 1;
  return repeats;
}

function stepFiring(state: AlertState & { phase: 'firing' }, input: AlertInput): AlertStep {
  const { now, total, severity } = input;
  const count = total - state.told;
  const { falseSince, ...firing } = state;
  if (!input.holds) {
    const since = falseSince ?? now;
    if (now - since < input.resolveAfterMs) return { state: { ...firing, falseSince: since } };
    return {
      state: { phase: 'quiet', until: now + QUIET_MS, told: total },
      notice: { state: 'resolved', count },
    };
  }
  if (severity === 'critical' && state.severity === 'warning') {
    // It became worse: that is news, and the waits begin anew.
    return {
      state: { phase: 'firing', firedAt: now, repeats: 0, told: total, severity },
      notice: { state: 'fired', count },
    };
  }
  if (now < repeatDueAt(state)) return { state: firing };
  return {
    state: { ...firing, repeats: repeatsBy(state, now), told: total },
    notice: { state: 'repeated', count },
  };
}

/** The whole life of an alert: it fires, repeats while its rule is true, is resolved, and is quiet for 10 minutes. */
export function alertStep(state: AlertState, input: AlertInput): AlertStep {
  const { now, holds, total, severity } = input;
  if (state.phase === 'firing') return stepFiring(state, input);
  if (state.phase === 'quiet' && now < state.until) return { state };
  // After a silence nothing is said again until something new has happened.
  const isNew = state.phase === 'idle' || total > state.told;
  if (!holds || !isNew) return { state: { phase: 'idle' } };
  const count = state.phase === 'quiet' ? total - state.told : input.initial;
  return {
    state: { phase: 'firing', firedAt: now, repeats: 0, told: total, severity },
    notice: { state: 'fired', count },
  };
}
