import type { Verdict } from '@resilient/core';
import type { Vote } from '../breaker/breaker.ts';

/** Not implemented and version not supported: the server is well, and says no. */
const ANSWERS: ReadonlySet<number> = new Set([501, 505]);

function voteOfStatus(status: number): Vote {
  if (status === 429) return 'throttled';
  if (status === 408) return 'failure';
  return status >= 500 && !ANSWERS.has(status) ? 'failure' : 'success';
}

/**
 * What a failed attempt says about the other side's health: an answer proves that it is up, unless it is a 408 or of
 * the 5xx; a broken connection and a timeout do not; mistakes of our own say nothing.
 */
export function voteOf(verdict: Verdict, status: number | undefined): Vote {
  if (status !== undefined) return voteOfStatus(status);
  switch (verdict.kind) {
    case 'rate-limit':
      return 'throttled';
    case 'network':
    case 'timeout':
    case 'server':
    case 'overload':
    case 'disconnect':
      return 'failure';
    case 'auth':
    case 'quota':
    case 'conflict':
    case 'lock':
      return 'success';
    case 'invalid':
      return verdict.outcome === 'rejected' ? 'success' : 'neutral'; // gRPC's and SMTP's answers have no HTTP status
    default:
      return 'neutral';
  }
}
