import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DeadlineError } from './deadline-error.ts';
import { isResilientError, ResilientError } from './resilient-error.ts';
import { TimeoutError } from './timeout-error.ts';

class PrinterError extends ResilientError {
  readonly code = 'PRINTER';
}

const secretCause = (): Error =>
  Object.assign(new Error('socket closed', { cause: new Error('deeper-secret') }), {
    code: 'ECONNRESET',
    headers: { authorization: 'header-secret' },
    parameters: ['row-secret'],
  });

describe('ResilientError', () => {
  it('is an Error with the name of its class', () => {
    const error = new PrinterError('no paper');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message]).toEqual(['PrinterError', 'PRINTER', 'no paper']);
    expect(error.stack?.split('\n')[0]).toBe('PrinterError: no paper');
  });

  it('has a cause that no copying or serialising finds', () => {
    const cause = secretCause();
    const error = new PrinterError('no paper', { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).toEqual(['code']);
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({
      error: { name: 'PrinterError', code: 'PRINTER', message: 'no paper' },
    });
    expect(JSON.stringify({ ...error })).toBe('{"code":"PRINTER"}');
  });

  it('has no property `cause` without one, and keeps one that is undefined', () => {
    expect('cause' in new PrinterError('x')).toBe(false);
    expect(Object.hasOwn(new PrinterError('x', { cause: undefined }), 'cause')).toBe(true);
  });

  it('shows name, code, message and stack of its cause when inspected, and nothing else of it', () => {
    const shown = inspect(new PrinterError('no paper', { cause: secretCause() }), { depth: 10 });
    for (const part of [
      'PrinterError: no paper',
      "'ECONNRESET'",
      'socket closed',
      'resilient-error.test.ts',
    ]) {
      expect(shown).toContain(part);
    }
    for (const secret of ['header-secret', 'row-secret', 'deeper-secret'])
      expect(shown).not.toContain(secret);
  });

  it('does not show a cause that is no error', () => {
    expect(inspect(new PrinterError('x', { cause: 'string-secret' }))).toContain('string (not shown)');
    expect(inspect(new PrinterError('x', { cause: { token: 'object-secret' } }))).not.toContain(
      'object-secret',
    );
  });

  it('can be inspected whatever its cause is', () => {
    const trap = (): never => {
      throw new Error('trap');
    };
    const hostile = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap });
    const cyclic = new Error('round');
    cyclic.cause = cyclic;
    for (const cause of [hostile, cyclic, null, Symbol('x'), new Error('frozen')]) {
      expect(inspect(new PrinterError('no paper', { cause }))).toContain('no paper');
    }
  });
});

describe('isResilientError', () => {
  it('knows ours, and tells codes apart', () => {
    expect(isResilientError(new PrinterError('x'))).toBe(true);
    expect(isResilientError(new PrinterError('x'), 'PRINTER')).toBe(true);
    expect(isResilientError(new PrinterError('x'), 'TIMEOUT')).toBe(false);
  });

  it('knows those of another installed copy', async () => {
    const path = './resilient-error.ts?copy';
    const base = (await import(path)) as typeof import('./resilient-error.ts');
    expect(base.ResilientError).not.toBe(ResilientError);
    class CopyError extends base.ResilientError {
      readonly code = 'COPY';
    }
    expect(new CopyError('x')).not.toBeInstanceOf(ResilientError);
    expect(isResilientError(new CopyError('x'), 'COPY')).toBe(true);
    expect(base.isResilientError(new TimeoutError(5), 'TIMEOUT')).toBe(true);
  });

  it('knows nothing else, and never throws', () => {
    const hostile = new Proxy(
      {},
      {
        has() {
          throw new Error('trap');
        },
      },
    );
    for (const value of [new Error('x'), { code: 'TIMEOUT' }, null, undefined, 'TIMEOUT', 5, hostile]) {
      expect(isResilientError(value)).toBe(false);
    }
  });
});

describe('TimeoutError and DeadlineError', () => {
  it('say how long and what is known', () => {
    expect(new TimeoutError(250).toJSON()).toEqual({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      message: 'timed out after 250 ms; whether the work took effect is unknown',
      timeoutMs: 250,
    });
    expect(new TimeoutError(250, { message: 'own words' }).message).toBe('own words');
    expect(new DeadlineError(50).toJSON()).toMatchObject({
      code: 'DEADLINE',
      timeoutMs: 50,
      outcome: 'unknown',
    });
    expect(new DeadlineError(50).message).toContain('unknown');
  });

  it('does not call an outcome unknown that is known', () => {
    const error = new DeadlineError(50, { outcome: 'not-sent' });
    expect(error.outcome).toBe('not-sent');
    expect(error.message).toBe('the deadline of 50 ms has passed; the work inside took no effect');
  });
});
