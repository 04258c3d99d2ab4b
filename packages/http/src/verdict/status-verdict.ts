import type { FailureKind, Outcome, Verdict } from '@resilient/core';
import { headerOf } from './headers.ts';
import { resetHintOf } from './reset-hint.ts';
import { retryHintOf } from './retry-hint.ts';

/** What an HTTP answer tells beside its status. */
export interface AnswerFacts {
  readonly status: number;
  /** `Headers`, or an object. */
  readonly headers: unknown;
  /** Codes and types that the body or the SDK's error names. */
  readonly types: readonly string[];
  /** How long the body asks to wait, in milliseconds. */
  readonly hintMs?: number | undefined;
}

/** Refusals of money, which no waiting cures, under the status of a rate limit. */
const QUOTA_TYPES: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'quota_exceeded',
  'credit_balance_too_low',
]);

/** Two calls under one idempotency key at a time: the first is still running, so its answer can be had in a moment. */
const KEY_IN_USE: ReadonlySet<string> = new Set(['idempotency_key_in_use', 'idempotency_key_in_progress']);

/** stripe's lock on an object: a 429 that asks nobody else to wait. */
const LOCKED: ReadonlySet<string> = new Set(['lock_timeout']);

type Row = readonly [transient: boolean, outcome: Outcome, kind: FailureKind];

/** Those that are answered with no effect, and need no reading. */
const ROWS: ReadonlyMap<number, Row> = new Map<number, Row>([
  [401, [false, 'rejected', 'auth']],
  [402, [false, 'rejected', 'quota']],
  [403, [false, 'rejected', 'auth']],
  [407, [false, 'rejected', 'auth']],
  [408, [true, 'unknown', 'timeout']],
  [409, [false, 'rejected', 'conflict']],
  [425, [true, 'rejected', 'rate-limit']],
  [429, [true, 'rejected', 'rate-limit']],
  [501, [false, 'rejected', 'invalid']],
  [505, [false, 'rejected', 'invalid']],
  [529, [true, 'rejected', 'overload']],
]);

const INVALID: Row = [false, 'rejected', 'invalid'];
const RATE_LIMITED: Row = [true, 'rejected', 'rate-limit'];

/** A server's failure can follow an executed request, as a gateway's 502 does. */
const SERVER: Row = [true, 'unknown', 'server'];

/** GitHub's 403: it says how long to wait, or that nothing is left of the limit. */
function isRateLimit403(headers: unknown, hintMs: number | undefined): boolean {
  return hintMs !== undefined || headerOf(headers, 'x-ratelimit-remaining') === '0';
}

function rowOf(facts: AnswerFacts, hintMs: number | undefined): Row {
  const { status, headers, types } = facts;
  const named = (set: ReadonlySet<string>): boolean => types.some((type) => set.has(type));
  if (status === 429 && named(QUOTA_TYPES)) return [false, 'rejected', 'quota'];
  if (status === 409 && named(KEY_IN_USE)) return [true, 'rejected', 'conflict'];
  if (status === 429 && named(LOCKED)) return [true, 'rejected', 'lock'];
  if (status === 403 && isRateLimit403(headers, hintMs)) return RATE_LIMITED;
  if (status === 503 && hintMs !== undefined) return [true, 'rejected', 'overload'];
  return ROWS.get(status) ?? (status < 500 ? INVALID : SERVER);
}

/** The server's own word on a further attempt; openai, anthropic and stripe send one. */
function shouldRetry(headers: unknown): boolean | undefined {
  const text = headerOf(headers, 'x-should-retry') ?? headerOf(headers, 'stripe-should-retry');
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** What an answer with a status of 400 and more means. `now` is wall time in milliseconds. */
export function verdictOfStatus(facts: AnswerFacts, now: number): Verdict {
  const told = shouldRetry(facts.headers);
  const saidMs = retryHintOf(facts.headers, now) ?? facts.hintMs;
  const [transient, outcome, kind] = rowOf(facts, saidMs);
  const hintMs = saidMs ?? (kind === 'rate-limit' ? resetHintOf(facts.headers, now) : undefined);
  return {
    transient: told ?? transient,
    kind,
    outcome: told === undefined ? outcome : 'rejected',
    code: String(facts.status),
    ...(hintMs === undefined ? undefined : { retryAfterMs: hintMs }),
  };
}
