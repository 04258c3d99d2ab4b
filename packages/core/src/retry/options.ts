import { loggerOf } from '../log/logger.ts';
import type { Logger } from '../log/types.ts';
import {
  checkDuration,
  checkKnown,
  checkNumber,
  checkOneOf,
  checkSignal,
  checkType,
  refuse,
} from '../options/check.ts';
import { checkClock } from '../options/check-clock.ts';
import type { Clock } from '../time/clock.ts';
import { systemClock } from '../time/system-clock.ts';
import { systemRandom } from '../time/system-random.ts';
import { classifyError } from '../verdict/classify.ts';
import { firstOf } from '../verdict/first-of.ts';
import type { Classifier, Verdict } from '../verdict/verdict.ts';
import { type Backoff, checkBackoff, exponentialBackoff } from './backoff.ts';
import { RetryBudget } from './budget.ts';
import { retryDefaults } from './defaults.ts';

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Attempts after the first: a whole number from 0, `Infinity` for no limit. @defaultValue `3` */
  readonly maxRetries?: number;
  /** Attempts in all, from 1: another way to say `maxRetries`; giving both throws. */
  readonly maxAttempts?: number;
  /** How long to wait before a retry. @defaultValue `exponentialBackoff()`: up to 100, 200, 400 ms, full jitter */
  readonly backoff?: Backoff;
  /** Judges errors before the built-in classifier does; `undefined` leaves the error to it. */
  readonly classify?: Classifier;
  /** Total time of all attempts and waits in milliseconds, above 0. @defaultValue `Infinity`, or the enclosing deadline */
  readonly timeoutMs?: number;
  /** Interrupts a wait at once, and is passed on to the attempt. */
  readonly signal?: AbortSignal;
  /** A share of retries that several callers keep to. @defaultValue none */
  readonly budget?: RetryBudget;
  /** What it is about, for events and messages. @defaultValue `'retry'` */
  readonly name?: string;
  /** Told at `debug` of each retry. @defaultValue the shared pino logger, at level `warn` */
  readonly logger?: Logger;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** From 0 to 1, 1 excluded. @defaultValue `Math.random` */
  readonly random?: () => number;
  /** What to do with an error that no classifier knows. @defaultValue `'retry'` */
  readonly unknownErrors?: 'retry' | 'fail';
}

/** The options with everything decided. */
export interface RetrySettings {
  readonly maxRetries: number;
  readonly backoff: Backoff;
  /** Yours, then the built-in one. */
  readonly classify: Classifier;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly budget: RetryBudget | undefined;
  readonly name: string;
  /** `undefined` for the shared one, which is made when there is a line to write. */
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Neither a time nor a signal nor a budget of its own. */
  readonly isFree: boolean;
  /** What an error means that neither knows. */
  readonly unknown: Verdict;
}

const MODES = ['retry', 'fail'] as const;

const KNOWN: readonly (keyof RetryOptions)[] = [
  'maxRetries',
  'maxAttempts',
  'backoff',
  'classify',
  'timeoutMs',
  'signal',
  'budget',
  'name',
  'logger',
  'clock',
  'random',
  'unknownErrors',
];

/** What a failure that nobody knows means, by `unknownErrors`. */
const UNKNOWN = {
  retry: Object.freeze({ transient: true, kind: 'unknown', outcome: 'unknown' }),
  fail: Object.freeze({ transient: false, kind: 'unknown', outcome: 'unknown' }),
} as const satisfies Record<string, Verdict>;

/**
 * The number of retries that the two ways to say it mean.
 *
 * @throws TypeError | RangeError if one is wrong, or both are given
 * @example
 * ```ts
 * import { maxRetriesOf } from '@resilient/core';
 *
 * console.log(maxRetriesOf({ maxAttempts: 3 }, 5), maxRetriesOf({}, 5)); // 2 5
 * ```
 */
export function maxRetriesOf(
  options: { maxRetries?: number; maxAttempts?: number },
  fallback: number,
): number {
  const { maxRetries, maxAttempts } = options;
  if (maxRetries !== undefined && maxAttempts !== undefined) {
    throw new TypeError('expected one of `maxRetries` and `maxAttempts`, got both');
  }
  if (maxAttempts !== undefined)
    return checkNumber('maxAttempts', maxAttempts, { min: 1, integer: true, infinity: true }) - 1;
  return checkNumber('maxRetries', maxRetries ?? fallback, { integer: true, infinity: true });
}

/** A caller's backoff that can no longer break the loop: what it throws or gets wrong counts as no wait. */
function guardBackoff(backoff: Backoff): Backoff {
  return (context) => {
    try {
      return Math.max(backoff(context), 0) || 0; // NaN is no wait
    } catch {
      return 0;
    }
  };
}

const DEFAULT_BACKOFF = guardBackoff(exponentialBackoff());

/** Checks the options of `retry` and fills in the defaults. */
export function retrySettings(options: RetryOptions): RetrySettings {
  checkKnown('retry', options, KNOWN);
  if (options.classify !== undefined) checkType('classify', options.classify, 'function');
  if (options.signal !== undefined) checkSignal('signal', options.signal);
  if (options.random !== undefined) checkType('random', options.random, 'function');
  if (options.budget !== undefined && !(options.budget instanceof RetryBudget)) {
    throw refuse('budget', 'a RetryBudget', options.budget);
  }
  const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? Number.POSITIVE_INFINITY);
  return {
    maxRetries: maxRetriesOf(options, retryDefaults.maxRetries),
    backoff: options.backoff === undefined ? DEFAULT_BACKOFF : guardBackoff(checkBackoff(options.backoff)),
    classify: options.classify ? firstOf(options.classify, classifyError) : classifyError,
    timeoutMs,
    isFree: timeoutMs === Number.POSITIVE_INFINITY && !options.signal && !options.budget,
    signal: options.signal,
    budget: options.budget,
    name: checkType('name', options.name ?? 'retry', 'string'),
    logger: options.logger === undefined ? undefined : loggerOf(options.logger),
    clock: options.clock === undefined ? systemClock : checkClock('clock', options.clock),
    random: options.random ?? systemRandom,
    unknown:
      UNKNOWN[checkOneOf('unknownErrors', options.unknownErrors ?? retryDefaults.unknownErrors, MODES)],
  };
}

/** Those of a call without options. */
export const defaultSettings: RetrySettings = Object.freeze(retrySettings({}));
