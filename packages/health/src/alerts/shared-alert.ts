import { QUIET_MS } from '../defaults.ts';
import { type AlertSeverity, repeatDueAt, repeatsBy } from './alert-state.ts';
import type { SharedAlert, SharedDecision } from './alert-store.ts';

/** What one instance has to say of its own alert. */
export interface SharedReport {
  readonly state: 'fired' | 'repeated' | 'resolved';
  readonly severity: AlertSeverity;
  /** How often since its last report. */
  readonly count: number;
  readonly instance: string;
  /** By when it will speak again if it lives. */
  readonly nextBy: number;
  readonly now: number;
}

/** What is to be sent, by this instance. */
export interface SharedNotice {
  readonly state: 'fired' | 'repeated' | 'resolved';
  readonly count: number;
}

type Step = SharedDecision<SharedNotice | undefined>;

const tell = (shared: SharedAlert, state: SharedNotice['state'], count: number): Step => ({
  shared: { ...shared, untold: 0 },
  result: { state, count },
});

const keep = (shared: SharedAlert, more: number): Step => ({
  shared: { ...shared, untold: shared.untold + more },
  result: undefined,
});

function resolve(shared: SharedAlert, { count, now }: SharedReport): Step {
  if (shared.phase === 'quiet' || Object.keys(shared.holders).length > 0) return keep(shared, count);
  return tell({ ...shared, phase: 'quiet', since: now, repeats: 0 }, 'resolved', shared.untold + count);
}

/** Who still says that it fires, without those who should have spoken again long ago: they crashed. */
function holdersAfter(shared: SharedAlert | undefined, report: SharedReport): Record<string, number> {
  const { instance, state, nextBy, now } = report;
  const others = Object.entries(shared?.holders ?? {}).filter(
    ([name, until]) => name !== instance && until > now,
  );
  return Object.fromEntries(state === 'resolved' ? others : [...others, [instance, nextBy]]);
}

/**
 * Decides for all instances whether one of them sends a notice, with what all of them counted: the first to fire, the
 * one that comes when a repetition is due, and the last to be well again.
 */
export function sharedStep(shared: SharedAlert | undefined, report: SharedReport): Step {
  const { state, severity, count, now } = report;
  const holders = holdersAfter(shared, report);
  const isOrphan = shared !== undefined && Object.values(shared.holders).every((until) => until <= now);
  const isOver =
    shared === undefined ||
    (shared.phase === 'quiet' && now >= shared.since + QUIET_MS) ||
    (shared.phase === 'firing' && isOrphan);
  if (state === 'resolved') {
    const none: SharedAlert = { phase: 'quiet', since: now, repeats: 0, severity, untold: 0, holders: {} };
    return shared === undefined ? keep(none, 0) : resolve({ ...shared, holders }, report);
  }
  if (isOver) {
    const untold = shared?.untold ?? 0;
    return tell(
      { phase: 'firing', since: now, repeats: 0, severity, untold: 0, holders },
      'fired',
      untold + count,
    );
  }
  const known: SharedAlert = { ...shared, holders };
  if (known.phase === 'quiet') return keep(known, count);
  if (severity === 'critical' && known.severity === 'warning') {
    return tell({ ...known, since: now, repeats: 0, severity }, 'fired', known.untold + count);
  }
  const schedule = { firedAt: known.since, repeats: known.repeats };
  if (now < repeatDueAt(schedule)) return keep(known, count);
  return tell({ ...known, repeats: repeatsBy(schedule, now) }, 'repeated', known.untold + count);
}
