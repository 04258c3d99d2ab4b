import { describe, expect, it } from 'vitest';
import { type BytePattern, compilePattern } from './byte-pattern.ts';

/** The match in a stream, as offsets in the whole of it, for every way to split it in two, and byte by byte. */
const splits = (pattern: BytePattern, text: string): Set<string> => {
  const found = new Set<string>();
  const all = Buffer.from(text);
  const cuts = [...all.keys()].map((at) => [all.subarray(0, at), all.subarray(at)]);
  for (const chunks of [...cuts, [...all].map((byte) => Buffer.of(byte))]) {
    const match = compilePattern(pattern)();
    let offset = 0;
    let result = 'none';
    for (const chunk of chunks) {
      const here = match(chunk);
      if (here !== undefined) {
        result = `${offset + here.start}-${offset + here.end}`;
        break;
      }
      offset += chunk.length;
    }
    found.add(result);
  }
  return found;
};

describe('compilePattern', () => {
  it('finds a text wherever the stream is split', () => {
    expect(splits('COMMIT', 'BEGIN;COMCOMMIT;')).toEqual(new Set(['9-15']));
    expect(splits('aab', 'aaaaab')).toEqual(new Set(['3-6']));
    expect(splits('é', 'caffé!')).toEqual(new Set(['4-6']));
  });

  it('finds bytes and single bytes', () => {
    expect(splits(Uint8Array.of(0x43, 0, 0), 'xC\0\0y')).toEqual(new Set(['1-4']));
    expect(splits('x', 'abx')).toEqual(new Set(['2-3']));
  });

  it('finds an expression, with whatever flags', () => {
    expect(splits(/commit/iy, 'begin; COMMIT;')).toEqual(new Set(['7-13']));
    expect(splits(/Q.{4}commit/gs, '\0Q\0\0\0\x0bcommit')).toEqual(new Set(['1-12']));
  });

  it('counts bytes', () => {
    expect(splits({ bytes: 3 }, 'abcdef')).toEqual(new Set(['3-3']));
    expect(splits({ bytes: 7 }, 'abcdef')).toEqual(new Set(['none']));
  });

  it('keeps each stream apart', () => {
    const make = compilePattern('ab');
    const [one, two] = [make(), make()];
    expect(one(Buffer.from('a'))).toBeUndefined();
    expect(two(Buffer.from('b'))).toBeUndefined();
    expect(one(Buffer.from('b'))).toEqual({ start: -1, end: 1 });
  });

  it('names bad input', () => {
    expect(() => compilePattern('')).toThrow(RangeError);
    expect(() => compilePattern({ bytes: 0 })).toThrow(
      'expected `pattern.bytes` to be an integer of at least 1, got 0',
    );
    expect(() => compilePattern(7 as never)).toThrow(TypeError);
  });
});
