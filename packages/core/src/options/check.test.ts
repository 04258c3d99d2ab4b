import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  checkDuration,
  checkKnown,
  checkNumber,
  checkOneOf,
  checkSignal,
  checkType,
  refuse,
} from './check.ts';

describe('checkNumber', () => {
  it('answers numbers within bounds, ends included', () => {
    expect(checkNumber('n', 0)).toBe(0);
    expect(checkNumber('n', 1.5, { min: 1.5, max: 2 })).toBe(1.5);
    expect(checkNumber('n', 2, { min: 1, max: 2, integer: true })).toBe(2);
    expect(checkNumber('n', Number.POSITIVE_INFINITY, { infinity: true })).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['5', Number.NaN, null, undefined, 5n, [], {}])(
    'throws TypeError for %o, which is no number',
    (value) => {
      expect(() => checkNumber('timeoutMs', value)).toThrow(TypeError);
      expect(() => checkNumber('timeoutMs', value)).toThrow(
        'expected `timeoutMs` to be a number of at least 0, got ',
      );
    },
  );

  it.each([
    [-1, {}, 'a number of at least 0, got -1'],
    [Number.POSITIVE_INFINITY, {}, 'a number of at least 0, got Infinity'],
    [Number.NEGATIVE_INFINITY, { infinity: true }, 'a number of at least 0 or Infinity, got -Infinity'],
    [1.5, { integer: true }, 'an integer of at least 0, got 1.5'],
    [3, { min: 1, max: 2 }, 'a number from 1 to 2, got 3'],
    [0, { exclusiveMin: true }, 'a number above 0, got 0'],
    [-0, { exclusiveMin: true }, 'a number above 0, got 0'],
    [0, { exclusiveMin: true, max: 9 }, 'a number above 0 and at most 9, got 0'],
  ])('throws RangeError for %d within %o', (value, bounds, message) => {
    expect(() => checkNumber('n', value, bounds)).toThrow(new RangeError(`expected \`n\` to be ${message}`));
  });
});

describe('checkDuration', () => {
  it('takes anything above 0, and Infinity for no limit', () => {
    for (const ms of [0.5, 1, 2 ** 40, Number.POSITIVE_INFINITY]) expect(checkDuration('ms', ms)).toBe(ms);
    expect(() => checkDuration('ms', 0)).toThrow(
      new RangeError('expected `ms` to be a number above 0 or Infinity, got 0'),
    );
  });
});

describe('checkType', () => {
  it('answers what is of the type named', () => {
    const work = (): void => {};
    expect(checkType('work', work, 'function')).toBe(work);
    expect(checkType('name', '', 'string')).toBe('');
    expect(checkType('on', false, 'boolean')).toBe(false);
  });

  it('takes null for no object, and shows no content', () => {
    expect(() => checkType('env', null, 'object')).toThrow(
      new TypeError('expected `env` to be an object, got null'),
    );
    expect(() => checkType('name', ['secret'], 'string')).toThrow(
      new TypeError('expected `name` to be a string, got an array of 1'),
    );
    expect(() => checkType('name', { a: 'secret' }, 'string')).toThrow(/got an object$/);
    expect(() => checkType('name', () => 'secret', 'string')).toThrow(/got a function$/);
    expect(() => checkType('name', Symbol('secret'), 'string')).toThrow(/got a symbol$/);
    expect(() => checkType('work', 'x'.repeat(41), 'function')).toThrow(/got a string of 41 characters$/);
  });
});

describe('checkOneOf', () => {
  it('answers what is listed and names the list otherwise', () => {
    expect(checkOneOf('jitter', 'full', ['none', 'full'])).toBe('full');
    expect(() => checkOneOf('jitter', 'Full', ['none', 'full'])).toThrow(
      new TypeError('expected `jitter` to be one of "none", "full", got "Full"'),
    );
  });
});

describe('checkSignal', () => {
  it('takes signals, also from elsewhere', () => {
    const { signal } = new AbortController();
    expect(checkSignal('signal', signal)).toBe(signal);
    const foreign = runInNewContext('({ aborted: false, addEventListener() {} })') as AbortSignal;
    expect(checkSignal('signal', foreign)).toBe(foreign);
  });

  it.each([null, undefined, {}, new AbortController(), 'abort'])('refuses %o', (value) => {
    expect(() => checkSignal('signal', value)).toThrow(/^expected `signal` to be an AbortSignal, got /);
  });
});

describe('checkKnown', () => {
  it('refuses an option that does not exist, naming those that do', () => {
    expect(() => checkKnown('retry', { maxRetrys: 1 }, ['maxRetries', 'signal'])).toThrow(
      new TypeError('unknown option `maxRetrys` of retry: expected one of maxRetries, signal'),
    );
    expect(() => checkKnown('retry', { signal: undefined }, ['signal'])).not.toThrow();
  });

  it.each([null, undefined, 5, [], 'fast'])('refuses %o as options', (value) => {
    expect(() => checkKnown('retry', value, [])).toThrow(
      /^expected `options of retry` to be an object, got /,
    );
  });
});

it('refuse makes a TypeError of the same form', () => {
  expect(refuse('clock', 'a Clock', true)).toEqual(new TypeError('expected `clock` to be a Clock, got true'));
});
