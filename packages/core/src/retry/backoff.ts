import { checkKnown, checkNumber, checkOneOf, refuse } from '../options/check.ts';
import type { FailureKind } from '../verdict/verdict.ts';
import { retryDefaults } from './defaults.ts';

/** What a {@link Backoff} may depend on. */
export interface BackoffContext {
  /** 1 before the first retry. */
  readonly retry: number;
  /** The wait drawn before, in milliseconds; 0 before the first retry. */
  readonly previousMs: number;
  /** What sort of failure is being waited after. */
  readonly kind: FailureKind;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/** How long to wait before a retry, in milliseconds of at least 0. */
export type Backoff = (context: BackoffContext) => number;

/**
 * How chance spreads waits below their ceiling: `none` waits the ceiling, `full` draws from 0 to it, `equal` from half
 * of it, `decorrelated` from `initialMs` to three times the wait before (at first: three times `initialMs`), up to
 * `maxMs`.
 */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated';

/** Options of {@link exponentialBackoff}. */
export interface ExponentialBackoffOptions {
  /** Ceiling of the first wait, in milliseconds. @defaultValue `100` */
  readonly initialMs?: number;
  /** Each ceiling is so many times the one before; at least 1. @defaultValue `2` */
  readonly factor?: number;
  /** No ceiling is higher, in milliseconds. @defaultValue `20_000` */
  readonly maxMs?: number;
  /** @defaultValue `'full'` */
  readonly jitter?: Jitter;
}

/**
 * Waits that grow: ceilings of `initialMs × factor^n` up to `maxMs`, with jitter drawn after the cap, so that callers
 * who failed together do not come back together.
 *
 * The four forms are those of M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015).
 *
 * @throws TypeError | RangeError if an option is wrong
 * @example
 * ```ts
 * import { exponentialBackoff, retry } from '@resilient/core';
 *
 * const backoff = exponentialBackoff({ initialMs: 50, maxMs: 2_000, jitter: 'equal' });
 * await retry(async () => 'done', { backoff });
 * ```
 */
export function exponentialBackoff(options: ExponentialBackoffOptions = {}): Backoff {
  checkKnown('exponentialBackoff', options, ['initialMs', 'factor', 'maxMs', 'jitter']);
  const initialMs = checkNumber('initialMs', options.initialMs ?? retryDefaults.initialMs);
  const factor = checkNumber('factor', options.factor ?? retryDefaults.factor, { min: 1 });
  const maxMs = checkNumber('maxMs', options.maxMs ?? retryDefaults.maxMs, { min: initialMs });
  const jitter = checkOneOf('jitter', options.jitter ?? retryDefaults.jitter, [
    'none',
    'full',
    'equal',
    'decorrelated',
  ]);
  if (jitter === 'decorrelated') {
    return ({ previousMs, random }) => {
      const top = (previousMs || initialMs) * 3; // as the article's first wait: those who failed together part at once
      return Math.min(maxMs, initialMs + random() * (top - initialMs));
    };
  }
  const least = jitter === 'none' ? 1 : jitter === 'equal' ? 0.5 : 0;
  return ({ retry, random }) => {
    const ceiling = initialMs === 0 ? 0 : Math.min(maxMs, initialMs * factor ** (retry - 1)); // 0 × Infinity is NaN
    return ceiling * (least === 1 ? 1 : least + (1 - least) * random());
  };
}

/** Checks a backoff given as an option. */
export function checkBackoff(backoff: unknown): Backoff {
  if (typeof backoff !== 'function')
    throw refuse('backoff', 'a function, as exponentialBackoff() makes', backoff);
  return backoff as Backoff;
}
