import { checkDuration, checkKnown, checkNumber } from '@resilient/core';
import { CLEAR_AT, HOLD_SAMPLES, SAMPLE_INTERVAL_MS } from '../defaults.ts';

/** How often metrics are looked at, and what it takes to change the status. */
export interface SamplingOptions {
  /** Time between two samples, in milliseconds. @defaultValue `5_000` */
  readonly intervalMs?: number;
  /** Samples in a row that must be above a threshold, at least 1. @defaultValue `3` */
  readonly holdSamples?: number;
  /** Share of a threshold at which it is no longer exceeded, from 0 to 1. @defaultValue `0.8` */
  readonly clearAt?: number;
}

/** The same, checked and complete. */
export type Sampling = Required<SamplingOptions>;

/**
 * Checks how metrics are sampled and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option
 */
export function samplingOf(options: SamplingOptions = {}): Sampling {
  checkKnown('sampling', options, ['intervalMs', 'holdSamples', 'clearAt']);
  const { intervalMs = SAMPLE_INTERVAL_MS, holdSamples = HOLD_SAMPLES, clearAt = CLEAR_AT } = options;
  return {
    intervalMs: checkDuration('sampling.intervalMs', intervalMs),
    holdSamples: checkNumber('sampling.holdSamples', holdSamples, { min: 1, integer: true }),
    clearAt: checkNumber('sampling.clearAt', clearAt, { max: 1 }),
  };
}
