import type { HealthStatus } from './level.ts';
import type { Sampling } from './sampling.ts';
import type { Threshold } from './thresholds.ts';

/** Whether one threshold counts as exceeded, and how many samples in a row were above it. */
interface Held {
  readonly exceeded: boolean;
  readonly above: number;
}

/** Where one metric stands against its two thresholds. */
export interface HeldLevel {
  readonly level: HealthStatus;
  readonly degraded: Held;
  readonly critical: Held;
}

/** 80 % of 0.7 is 0.5599999999999999: a value that is exactly there clears all the same. */
const ROUNDING = 1 + 1e-9;

const CLEAR: Held = { exceeded: false, above: 0 };

/** A metric of which nothing is known yet. */
export const UNHELD: HeldLevel = { level: 'healthy', degraded: CLEAR, critical: CLEAR };

function holdOne(held: Held, value: number, limit: number, { holdSamples, clearAt }: Sampling): Held {
  if (held.exceeded) return value > limit * clearAt * ROUNDING ? held : CLEAR;
  if (value <= limit) return CLEAR;
  const above = held.above + 1;
  return { exceeded: above >= holdSamples, above };
}

/**
 * One more sample: a threshold is exceeded once so many samples in a row were above it, and until one is at 80 % of it
 * or below, so that a value at the edge does not flap.
 */
export function holdStep(
  state: HeldLevel,
  value: number,
  threshold: Threshold,
  sampling: Sampling,
): HeldLevel {
  const degraded = holdOne(state.degraded, value, threshold.degraded, sampling);
  const critical = holdOne(state.critical, value, threshold.critical, sampling);
  const level = critical.exceeded ? 'critical' : degraded.exceeded ? 'degraded' : 'healthy';
  return { level, degraded, critical };
}
