import { describe, expect, it } from 'vitest';
import { integer } from './integer.ts';
import { oneOf } from './one-of.ts';
import { port } from './port.ts';
import { readOne } from './read-one.fixture.ts';
import { secret } from './secret.ts';
import { text } from './text.ts';
import { url } from './url.ts';

describe('a variable', () => {
  it('counts as missing when it is empty or blank', () => {
    for (const variable of [text(), port(), url(), secret(), oneOf(['a']), integer()]) {
      expect(readOne<unknown>(variable, '')).toBe('missing');
      expect(readOne<unknown>(variable, ' \t')).toBe('missing');
    }
  });

  it('that is optional may be missing, not malformed', () => {
    expect(readOne(port().optional())).toBeUndefined();
    expect(readOne(port().optional(), 'many')).toBe('malformed');
    expect(readOne(secret().optional(), 'changeme')).toBe('weak');
    expect(readOne(port().optional().optional())).toBeUndefined();
    expect(readOne(port(80).optional())).toBe(80);
  });

  it('refuses wrong settings when it is made', () => {
    expect(() => port(70_000)).toThrow(RangeError);
    expect(() => port('80' as never)).toThrow(TypeError);
    expect(() => text(5 as never)).toThrow(TypeError);
    expect(() => integer({ min: 5, max: 4 })).toThrow(RangeError);
    expect(() => integer({ min: 5, fallback: 4 })).toThrow(RangeError);
    expect(() => integer({ default: 4 } as never)).toThrow(TypeError);
    expect(() => oneOf([])).toThrow(TypeError);
    expect(() => oneOf('web' as never)).toThrow(TypeError);
    expect(() => oneOf(['web'], 'worker' as never)).toThrow(TypeError);
    expect(() => url({ protocols: [] })).toThrow(TypeError);
    expect(() => url({ protocols: ['https:'] })).toThrow(TypeError);
    expect(() => url({ protocols: 'https' } as never)).toThrow(TypeError);
    expect(() => url({ fallback: 'host' })).toThrow(TypeError);
    expect(() => secret({ minBytes: 0 })).toThrow(RangeError);
    expect(() => secret({ minBytes: '32' as never })).toThrow(TypeError);
    expect(() => secret({ generate: 'always' as never })).toThrow(TypeError);
    expect(() => secret({ length: 5 } as never)).toThrow(TypeError);
  });
});
