import { peek } from './causes.ts';
import type { FailureKind, Outcome, Verdict } from './verdict.ts';

const KINDS: Record<FailureKind, true> = {
  timeout: true,
  network: true,
  'rate-limit': true,
  overload: true,
  server: true,
  lock: true,
  conflict: true,
  disconnect: true,
  auth: true,
  quota: true,
  invalid: true,
  aborted: true,
  bug: true,
  unknown: true,
};

const OUTCOMES: Record<Outcome, true> = { 'not-sent': true, rejected: true, unknown: true };

const isOneOf = <T extends string>(value: unknown, table: Record<T, true>): value is T =>
  typeof value === 'string' && Object.hasOwn(table, value);

/**
 * What a caller's classifier means: the verdict as it is if it is whole; what is left out or is nonsense is `unknown`,
 * so that nothing is ever called not sent by mistake, and a hint that is no number of at least 0 is none. `undefined`
 * if it does not even say whether to try again.
 */
export function verdictFrom(answer: unknown): Verdict | undefined {
  const transient = peek(answer, 'transient');
  if (typeof transient !== 'boolean') return undefined;
  const [kind, outcome, hint, code] = ['kind', 'outcome', 'retryAfterMs', 'code'].map((key) =>
    peek(answer, key),
  );
  const hasHint = typeof hint === 'number' && hint >= 0;
  const hasCode = typeof code === 'string';
  const isWhole = (hasHint || hint === undefined) && (hasCode || code === undefined);
  if (isWhole && isOneOf(kind, KINDS) && isOneOf(outcome, OUTCOMES)) return answer as Verdict;
  return {
    transient,
    kind: isOneOf(kind, KINDS) ? kind : 'unknown',
    outcome: isOneOf(outcome, OUTCOMES) ? outcome : 'unknown',
    ...(hasHint ? { retryAfterMs: hint } : undefined),
    ...(hasCode ? { code } : undefined),
  };
}
