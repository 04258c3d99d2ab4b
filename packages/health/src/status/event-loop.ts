import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Reading } from './reading.ts';

/** How often Node looks at the delay of the loop; an idle loop shows this much, and it is subtracted. */
const RESOLUTION_MS = 20;

/** The part of Node's histogram of delays, in nanoseconds, that is used. */
export interface DelayHistogram {
  readonly count: number;
  percentile(percentile: number): number;
  reset(): void;
  enable(): boolean;
  disable(): boolean;
}

/** Measures how late the event loop is. */
export interface EventLoopMeter {
  /** The p99 of the time since the last reading, in milliseconds. */
  read(): Reading;
  /** Stops measuring. */
  close(): void;
}

/** Makes a meter of the event loop's delay; its timer does not keep the process alive. */
export function eventLoopMeter(
  histogram: DelayHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
  resolutionMs: number = RESOLUTION_MS,
): EventLoopMeter {
  histogram.enable();
  return {
    read() {
      // Without a sample the histogram answers 2^63 or NaN.
      const p99Ms = histogram.count === 0 ? 0 : histogram.percentile(99) / 1e6 - resolutionMs;
      histogram.reset();
      const value = Number.isFinite(p99Ms) ? Math.max(0, p99Ms) : 0;
      return { value, said: `the event loop is up to ${Math.round(value)} ms late` };
    },
    close() {
      histogram.disable();
    },
  };
}
