import { describe, expect, it } from 'vitest';
import { integer } from './integer.ts';
import { port } from './port.ts';
import { readOne } from './read-one.fixture.ts';

describe('integer and port', () => {
  it.each(['0', '80', '65535', ' 80 '])('port takes %o', (value) =>
    expect(readOne(port(), value)).toBe(Number(value)),
  );

  it.each(['-1', '65536', '8e1', '0x50', '80.5', '80a', 'NaN'])('port refuses %o', (value) => {
    expect(readOne(port(), value)).toBe('malformed');
  });

  it.each(['9007199254740993', '99999999999999999999'])(
    'integer refuses %s, which no number holds',
    (value) => {
      expect(readOne(integer(), value)).toBe('malformed');
    },
  );

  it('integer takes negative numbers where they are allowed', () => {
    expect(readOne(integer({ min: -5 }), '-5')).toBe(-5);
    expect(readOne(integer({ min: -5 }), '-6')).toBe('malformed');
  });
});
