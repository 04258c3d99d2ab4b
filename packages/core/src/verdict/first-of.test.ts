import { describe, expect, it } from 'vitest';
import { firstOf } from './first-of.ts';
import type { Classifier, Verdict } from './verdict.ts';

const verdict = (code: string): Verdict => ({ transient: true, kind: 'server', outcome: 'unknown', code });

describe('firstOf', () => {
  it('lets the first classifier that knows the error decide', () => {
    const classify = firstOf(
      () => undefined,
      () => verdict('second'),
      () => verdict('third'),
    );
    expect(classify(new Error('x'), 0)?.code).toBe('second');
  });

  it('passes the error and the time on', () => {
    const seen: unknown[] = [];
    const error = new Error('x');
    firstOf((...given) => {
      seen.push(...given);
      return undefined;
    })(error, 1_700_000_000_000);
    expect(seen).toEqual([error, 1_700_000_000_000]);
  });

  it('counts a classifier that throws as one without an answer', () => {
    const thrower: Classifier = () => {
      throw new Error('broken');
    };
    expect(firstOf(thrower, () => verdict('next'))(new Error('x'), 0)?.code).toBe('next');
    expect(firstOf(thrower)(new Error('x'), 0)).toBeUndefined();
  });

  it.each([true, 'retry', {}, Promise.resolve(verdict('late')), null])(
    'skips an answer that is no verdict: %s',
    (answer) => {
      const odd = (() => answer) as unknown as Classifier;
      expect(firstOf(odd, () => verdict('next'))(new Error('x'), 0)?.code).toBe('next');
    },
  );

  it('skips undefined in the list', () => {
    expect(firstOf(undefined, () => verdict('next'))(new Error('x'), 0)?.code).toBe('next');
  });

  it('knows nothing without classifiers', () => {
    expect(firstOf()(new Error('x'), 0)).toBeUndefined();
  });

  it('refuses what is no function, when it is made', () => {
    expect(() => firstOf('network' as unknown as Classifier)).toThrow(
      new TypeError('expected `classifier` to be a function, got "network"'),
    );
  });
});
