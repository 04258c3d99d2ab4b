import { QUIET_MS, REPEAT_AFTER_MS, REPEAT_EVERY_MS } from '../defaults.ts';

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
}

/** What is to be said, with the count since the last notice. */
export interface AlertStep {
  readonly state: AlertState;
  readonly notice?: { readonly state: 'fired' | 'repeated' | 'resolved'; readonly count: number };
}

/** When the next repetition is due: 10 minutes and 1 hour after the first notice, then every 4 hours. */
export function repeatDueAt(state: AlertState & { phase: 'firing' }): number {
  const listed = REPEAT_AFTER_MS[state.repeats];
  if (listed !== undefined) return state.firedAt + listed;
  const last = REPEAT_AFTER_MS.at(-1) ?? 0;
  return state.firedAt + last + (state.repeats - REPEAT_AFTER_MS.length + 1) * REPEAT_EVERY_MS;
}

/** The whole life of an alert: it fires, repeats while its rule is true, is resolved, and is quiet for 10 minutes. */
export function alertStep(state: AlertState, input: AlertInput): AlertStep {
  const { now, holds, total } = input;
  if (state.phase === 'firing') {
    const count = total - state.told;
    if (!holds) {
      return {
        state: { phase: 'quiet', until: now + QUIET_MS, told: total },
        notice: { state: 'resolved', count },
      };
    }
    if (now < repeatDueAt(state)) return { state };
    let repeats = state.repeats;
    while (repeatDueAt({ ...state, repeats }) <= now) repeats += 1;
    return { state: { ...state, repeats, told: total }, notice: { state: 'repeated', count } };
  }
  if (state.phase === 'quiet' && now < state.until) return { state };
  // After a silence nothing is said again until something new has happened.
  const isNew = state.phase === 'idle' || total > state.told;
  if (!holds || !isNew) return { state: { phase: 'idle' } };
  const count = state.phase === 'quiet' ? total - state.told : input.initial;
  return {
    state: { phase: 'firing', firedAt: now, repeats: 0, told: total },
    notice: { state: 'fired', count },
  };
}
