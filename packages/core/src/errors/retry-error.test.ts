import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../verdict/verdict.ts';
import { isResilientError } from './resilient-error.ts';
import { codeOf, RetryError } from './retry-error.ts';
import type { AttemptRecord, StopReason } from './stop-reason.ts';

const record = (kind: FailureKind): AttemptRecord => ({
  attempt: 1,
  startedAt: new Date(0),
  durationMs: 5,
  kind,
  outcome: 'unknown',
  message: 'down',
});

describe('codeOf', () => {
  it.each([
    ['permanent', 'REJECTED'],
    ['deadline', 'TIMEOUT'],
    ['budget', 'BUDGET_EXHAUSTED'],
    ['circuit-open', 'CIRCUIT_OPEN'],
    ['saturated', 'SATURATED'],
    ['retry-after-too-long', 'RATE_LIMITED'],
    ['unknown-outcome', 'OUTCOME_UNKNOWN'],
    ['aborted', 'ABORTED'],
    ['closed', 'CLOSED'],
  ] as const satisfies [StopReason, string][])(
    '%s is %s, whatever the last attempt met with',
    (stopReason, code) => {
      expect(codeOf(stopReason, [record('timeout')])).toBe(code);
      expect(codeOf(stopReason, [])).toBe(code);
    },
  );

  it('names the last failure where all attempts were used', () => {
    expect(codeOf('attempts', [record('timeout'), record('rate-limit')])).toBe('RATE_LIMITED');
    expect(codeOf('attempts', [record('rate-limit'), record('timeout')])).toBe('TIMEOUT');
    expect(codeOf('attempts', [record('timeout'), record('server')])).toBe('RETRIES_EXHAUSTED');
  });
});

describe('RetryError', () => {
  const cause = Object.assign(new Error('refused'), { headers: { cookie: 'header-secret' } });
  const facts = {
    message: 'mailer failed',
    stopReason: 'attempts',
    attempts: [record('server')],
    outcome: 'unknown',
    cause,
  } as const;

  it('tells why, what happened and what may have taken effect, in JSON too', () => {
    const error = new RetryError(facts);
    expect(isResilientError(error, 'RETRIES_EXHAUSTED')).toBe(true);
    expect(error.cause).toBe(cause);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'RetryError',
      code: 'RETRIES_EXHAUSTED',
      message: 'mailer failed',
      stopReason: 'attempts',
      outcome: 'unknown',
      attempts: [{ ...record('server'), startedAt: '1970-01-01T00:00:00.000Z' }],
    });
  });

  it('hides the properties of its cause from inspection', () => {
    const shown = inspect(new RetryError(facts));
    expect(shown).toContain('refused');
    expect(shown).not.toContain('header-secret');
  });

  it('takes another code from a subclass', () => {
    expect(new RetryError({ ...facts, code: 'CONSTRAINT' }).code).toBe('CONSTRAINT');
  });
});
