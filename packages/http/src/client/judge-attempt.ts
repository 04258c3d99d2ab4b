import type { Verdict } from '@resilient/core';
import type { Vote } from '../breaker/breaker.ts';
import type { PassEnd } from '../gate/ramp.ts';
import type { SlotEnd } from '../slots/slots.ts';
import { FailedValue } from '../verdict/failed-value.ts';
import { voteOf } from '../verdict/vote.ts';
import type { CallSettings } from './settings.ts';

/** An attempt that has failed. */
export interface FailedAttempt {
  /** What was thrown, or a {@link FailedValue}. */
  readonly error: unknown;
  /** The time that it had, if that is what ended it. */
  readonly timeoutMs: number | undefined;
  /** Whether its client was closed meanwhile. */
  readonly isClosed: boolean;
  readonly settings: CallSettings;
  readonly signal: AbortSignal | undefined;
}

/** An error and what it means. */
export interface Judgement {
  readonly error: unknown;
  readonly verdict: Verdict;
}

const ABORTED: Verdict = Object.freeze({ transient: false, kind: 'aborted', outcome: 'unknown' });
const TIMED_OUT: Verdict = Object.freeze({
  transient: true,
  kind: 'timeout',
  outcome: 'unknown',
  code: 'TIMEOUT',
});
const UNKNOWN: Verdict = Object.freeze({ transient: false, kind: 'unknown', outcome: 'unknown' });

/** What the failure of an attempt means. */
export function judgeAttempt({ error, timeoutMs, isClosed, settings, signal }: FailedAttempt): Verdict {
  if (error instanceof FailedValue) return error.verdict;
  if (timeoutMs !== undefined) return TIMED_OUT;
  if (isClosed || (signal?.aborted && error === signal.reason)) return ABORTED;
  return settings.classify(error, settings.clock.epochNow()) ?? UNKNOWN;
}

/** What it says about the other side: nothing, if the caller was in a hurry or went away. */
export function voteOnAttempt(attempt: FailedAttempt, verdict: Verdict, status: number | undefined): Vote {
  const { timeoutMs, isClosed, settings, signal } = attempt;
  if (isClosed || (signal?.aborted && status === undefined)) return 'neutral';
  if (timeoutMs !== undefined && timeoutMs < settings.configuredAttemptMs / 2) return 'neutral';
  return voteOf(verdict, status);
}

/** Kinds of failures that do not prove an answer. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'network',
  'disconnect',
  'timeout',
  'aborted',
  'bug',
  'unknown',
]);

/** What it says about the rate limit: any answer but a refusal was let through. */
export function passEndOf(verdict: Verdict): PassEnd {
  return UNANSWERED.has(verdict.kind) ? 'neutral' : 'accepted';
}

/** What it says about how many attempts may run at a time. */
export function slotEndOf({ kind }: Verdict): SlotEnd {
  return kind === 'timeout' || kind === 'overload' ? 'dropped' : 'neutral';
}
