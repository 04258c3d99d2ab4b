import { checkDuration, checkKnown, checkNumber, type Logger, loggerOf } from '@resilient/core';
import { HANG_TIMEOUT_MS, WORKER_JITTER } from '../defaults.ts';

/** How the application is supervised. */
export interface SuperviseOptions {
  /**
   * Processes that run the application, 1 to 256. More than one on a SQLite file works and is warned about.
   * @defaultValue `1`
   */
  readonly workers?: number;
  /** A worker that has begun so many requests is replaced; `0` for never. @defaultValue `0` */
  readonly maxRequests?: number;
  /** A worker that is so old is replaced, in milliseconds; `0` for never. @defaultValue `0` */
  readonly maxAgeMs?: number;
  /** A worker whose resident memory is above so many MiB is replaced; `0` for never. @defaultValue `0` */
  readonly maxRssMb?: number;
  /**
   * How far the limits of one worker lie from those of another, as a share from 0 to 1: with 0.1 each limit is drawn
   * between 0.9 and 1.1 of what was said, so that workers of one age do not end together.
   * @defaultValue `0.1`
   */
  readonly jitter?: number;
  /**
   * A worker whose event loop has not turned for so long is killed and replaced, in milliseconds, at least 5,000;
   * `Infinity` for never. Not watched under a debugger.
   * @defaultValue `30_000`
   */
  readonly hangTimeoutMs?: number;
  /** @defaultValue core's shared pino logger */
  readonly logger?: Logger;
}

/** The same, checked and complete; a limit that is not set is `Infinity`. */
export interface SuperviseSettings {
  readonly workers: number;
  readonly maxRequests: number;
  readonly maxAgeMs: number;
  readonly maxRssMb: number;
  readonly jitter: number;
  readonly hangTimeoutMs: number;
  readonly logger: Logger;
}

const KNOWN = ['workers', 'maxRequests', 'maxAgeMs', 'maxRssMb', 'jitter', 'hangTimeoutMs', 'logger'];

const limit = (name: string, value: number | undefined, integer: boolean): number =>
  checkNumber(name, value ?? 0, { integer }) || Number.POSITIVE_INFINITY;

/**
 * Checks the options of {@link supervise}.
 *
 * @throws TypeError or RangeError naming the option
 */
export function superviseSettings(options: SuperviseOptions): SuperviseSettings {
  checkKnown('supervise', options, KNOWN);
  const { hangTimeoutMs = HANG_TIMEOUT_MS } = options;
  checkDuration('hangTimeoutMs', hangTimeoutMs);
  return {
    workers: checkNumber('workers', options.workers ?? 1, { min: 1, max: 256, integer: true }),
    maxRequests: limit('maxRequests', options.maxRequests, true),
    maxAgeMs: limit('maxAgeMs', options.maxAgeMs, false),
    maxRssMb: limit('maxRssMb', options.maxRssMb, false),
    jitter: checkNumber('jitter', options.jitter ?? WORKER_JITTER, { max: 1 }),
    hangTimeoutMs: checkNumber('hangTimeoutMs', hangTimeoutMs, { min: 5_000, infinity: true }),
    logger: loggerOf(options.logger),
  };
}
