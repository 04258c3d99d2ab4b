import { AssertionError } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DeadlineError } from '../errors/deadline-error.ts';
import { RetryError } from '../errors/retry-error.ts';
import type { AttemptRecord, StopReason } from '../errors/stop-reason.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { classifyError } from './classify.ts';

const judge = (error: unknown) => classifyError(error, 0);
const named = (name: string): Error => Object.assign(new Error('x'), { name });
const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });

describe('bugs', () => {
  it.each([
    new TypeError('x is not a function'),
    new ReferenceError('x'),
    new SyntaxError('x'),
    new RangeError('x'),
    new AssertionError({ message: 'x' }),
    runInNewContext('new TypeError("of another realm")'),
  ])('%s is never retried', (error) => {
    expect(judge(error)).toEqual({ transient: false, kind: 'bug', outcome: 'unknown' });
  });

  it('are bugs also with a name of their own, and behind a cause', () => {
    class OwnError extends TypeError {
      override name = 'OwnError';
    }
    expect(judge(new OwnError('x'))?.kind).toBe('bug');
    expect(judge(new Error('not saved', { cause: new TypeError('x') }))?.kind).toBe('bug');
  });
});

describe('validation', () => {
  it.each(['ValidationError', 'ZodError', '$ZodError', 'ValiError'])(
    '%s is invalid, never retried',
    (name) => {
      expect(judge(named(name))).toEqual({ transient: false, kind: 'invalid', outcome: 'unknown' });
    },
  );

  it('is known by the name of its class too', () => {
    class ValidationError extends Error {}
    expect(judge(new ValidationError('x'))?.kind).toBe('invalid');
  });

  it('is not outdone by what caused it', () => {
    expect(judge(Object.assign(new Error('x', { cause: refused }), { name: 'ValidationError' }))?.kind).toBe(
      'invalid',
    );
    expect(judge(new Error('not saved', { cause: named('ZodError') }))?.kind).toBe('invalid');
  });
});

describe('aborts and time limits', () => {
  it('an abort is permanent', () => {
    expect(judge(AbortSignal.abort().reason)).toEqual({
      transient: false,
      kind: 'aborted',
      outcome: 'unknown',
    });
  });

  it('a DOM timeout is worth another attempt', () => {
    expect(judge(new DOMException('x', 'TimeoutError'))).toEqual({
      transient: true,
      kind: 'timeout',
      outcome: 'unknown',
    });
  });

  it("Node's AbortError means what its signal's reason means", async () => {
    const error = async (reason?: unknown): Promise<unknown> =>
      delay(10_000, undefined, { signal: AbortSignal.abort(reason) }).catch((thrown: unknown) => thrown);
    expect(judge(await error())?.kind).toBe('aborted');
    expect(judge(await error(new DOMException('x', 'TimeoutError')))?.kind).toBe('timeout');
    expect(judge(await error(new TimeoutError(5)))).toMatchObject({ transient: true, code: 'TIMEOUT' });
    expect(judge(await error(new DeadlineError(5)))).toMatchObject({ transient: false, code: 'DEADLINE' });
  });
});

describe("@resilient's own errors", () => {
  const retryError = (stopReason: StopReason, kind?: AttemptRecord['kind']): RetryError =>
    new RetryError({
      message: 'x',
      stopReason,
      attempts: kind
        ? [{ attempt: 1, startedAt: new Date(0), durationMs: 1, kind, outcome: 'rejected', message: 'x' }]
        : [],
      outcome: 'rejected',
      cause: refused,
    });

  it('a timeout is worth another attempt', () => {
    expect(judge(new TimeoutError(5))).toEqual({
      transient: true,
      kind: 'timeout',
      outcome: 'unknown',
      code: 'TIMEOUT',
    });
  });

  it('a deadline is not, and keeps its outcome', () => {
    expect(judge(new DeadlineError(5, { outcome: 'not-sent' }))).toEqual({
      transient: false,
      kind: 'timeout',
      outcome: 'not-sent',
      code: 'DEADLINE',
    });
  });

  it('what was retried already is permanent and keeps its outcome, also behind a cause', () => {
    const verdict = { transient: false, kind: 'server', outcome: 'rejected', code: 'RETRIES_EXHAUSTED' };
    expect(judge(retryError('attempts', 'server'))).toEqual(verdict);
    expect(judge(new Error('no mail', { cause: retryError('attempts', 'server') }))).toEqual(verdict);
  });

  it.each([
    ['circuit-open', 'overload'],
    ['saturated', 'overload'],
    ['aborted', 'aborted'],
    ['deadline', 'timeout'],
    ['retry-after-too-long', 'rate-limit'],
    ['budget', 'unknown'],
  ] as const)('%s without an attempt is %s', (stopReason, kind) => {
    expect(judge(retryError(stopReason))).toMatchObject({ transient: false, kind });
  });
});

it('takes a refused connection for the network although fetch throws a TypeError', () => {
  expect(judge(new TypeError('fetch failed', { cause: refused }))).toMatchObject({
    transient: true,
    outcome: 'not-sent',
  });
});

it('does not know a plain Error, nor anything that is no error', () => {
  const cyclic = new Error('x');
  cyclic.cause = cyclic;
  for (const thrown of [
    new Error('x'),
    cyclic,
    null,
    undefined,
    'text',
    5,
    {},
    () => {},
    Object.freeze(new Error('x')),
  ]) {
    expect(judge(thrown)).toBeUndefined();
  }
});
