import { describe, expect, it } from 'vitest';
import { causesOf, membersOf, peek } from './causes.ts';

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('trap');
    },
    getPrototypeOf() {
      throw new Error('trap');
    },
  },
);

describe('peek', () => {
  it('reads a property of objects and functions', () => {
    expect(peek({ code: 'E' }, 'code')).toBe('E');
    expect(peek(() => 1, 'length')).toBe(0);
  });

  it('answers undefined where reading throws or nothing can be read', () => {
    expect(peek(hostile, 'code')).toBeUndefined();
    for (const value of [null, undefined, 1, 'text', Symbol('x')])
      expect(peek(value, 'length')).toBeUndefined();
  });
});

describe('causesOf', () => {
  it('lists an error and its causes, nearest first', () => {
    const inner = new Error('inner');
    const middle = new Error('middle', { cause: inner });
    const outer = new Error('outer', { cause: middle });
    expect(causesOf(outer)).toEqual([outer, middle, inner]);
  });

  it('looks into the members of an AggregateError, also behind a cause', () => {
    const [a, b] = [new Error('a'), new Error('b')];
    const outer = new Error('outer', { cause: new AggregateError([a, b]) });
    expect(causesOf(outer)).toContain(a);
    expect(causesOf(outer)).toContain(b);
  });

  it('lists each object of a cycle once', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(causesOf(a)).toEqual([a, b]);
  });

  it('is bounded, however long the chain and however wide the aggregate', () => {
    let chain: Error = new Error('end');
    for (let index = 0; index < 10_000; index += 1) chain = new Error('link', { cause: chain });
    expect(causesOf(chain)).toHaveLength(32);
    const wide = new AggregateError(Array.from({ length: 100_000 }, (_, index) => new Error(`${index}`)));
    expect(causesOf(wide)).toHaveLength(32);
  });

  it.each([null, undefined, 0, 'text', Symbol('x'), 1n])('finds nothing behind %s', (value) => {
    expect(causesOf(value)).toEqual([]);
  });

  it('never throws for proxies whose traps do, and arrays behind them', () => {
    expect(causesOf(hostile)).toHaveLength(1);
    expect(causesOf(hostile)[0] === hostile).toBe(true);
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(causesOf({ errors: proxy, cause: hostile })).toHaveLength(2);
  });
});

describe('membersOf', () => {
  it('is empty for what is no aggregate', () => {
    expect(membersOf(new Error('x'))).toEqual([]);
    expect(membersOf({ errors: 'many' })).toEqual([]);
  });
});
