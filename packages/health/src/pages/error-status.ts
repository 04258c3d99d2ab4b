import { isResilientError, peek } from '@resilient/core';
import { PAGE_RETRY_AFTER_S } from '../defaults.ts';

/** How an error is answered. */
export interface AnsweredError {
  readonly status: number;
  /** Seconds, where coming again makes sense and is safe. */
  readonly retryAfterS?: number;
}

/** Codes of ours that mean: not now, and nothing has happened. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'CIRCUIT_OPEN',
  'SATURATED',
  'BUDGET_EXHAUSTED',
  'RATE_LIMITED',
  'CLOSED',
  'POOL_EXHAUSTED',
  'STORE_DOWN',
]);

/** The longest `Retry-After` that is passed on, in seconds. */
const MAX_RETRY_AFTER_S = 3_600;

function retryAfterOf(error: unknown, epochNow: number): number {
  const retryAt = peek(error, 'retryAt');
  if (!(retryAt instanceof Date) || Number.isNaN(retryAt.getTime())) return PAGE_RETRY_AFTER_S;
  return Math.min(MAX_RETRY_AFTER_S, Math.max(1, Math.ceil((retryAt.getTime() - epochNow) / 1_000)));
}

/**
 * The status of an answer to an error that is no client's: from an allow-list, never from what the error says itself,
 * since an SDK's error carries its upstream's status. What may have taken effect is 500 without `Retry-After`: a
 * client told to come again would apply it twice.
 */
export function answerTo(error: unknown, epochNow: number): AnsweredError {
  if (!isResilientError(error)) return { status: 500 };
  const code = peek(error, 'code');
  const name = peek(error, 'name');
  if (typeof code !== 'string') return { status: 500 };
  if (UNAVAILABLE.has(code) || (code === 'RETRIES_EXHAUSTED' && name === 'CommitError')) {
    return { status: 503, retryAfterS: retryAfterOf(error, epochNow) };
  }
  if (code === 'TIMEOUT' || code === 'DEADLINE') return { status: 504 };
  return { status: name === 'ApiCallError' ? 502 : 500 };
}
