import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskMessage } from './mask.ts';

const base64 = fc.string({
  unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'),
  minLength: 20,
  maxLength: 200,
});
const around = fc.string({ maxLength: 60 });

it('answers at most 200 characters for anything, and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(maskMessage(value).length).toBeLessThanOrEqual(200);
    }),
  );
});

it('leaves no run of 20 characters of base64 or hex', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(around, base64), { maxLength: 5 }), (parts) => {
      expect(maskMessage(parts.join(''))).not.toMatch(/[A-Za-z0-9+/]{20}/);
    }),
  );
});

it('hides a password wherever it stands in a URL', () => {
  const word = fc.stringMatching(/^[a-z0-9!$*.]{1,12}$/);
  fc.assert(
    fc.property(word, around, (user, before) => {
      const text = `${before} amqp://${user}:Zq7!Zq8!Zq9@host/path`;
      expect(maskMessage(text)).not.toContain('Zq');
    }),
  );
});

it('takes linear time, whatever is repeated', () => {
  const piece = fc.oneof(
    fc.string({ minLength: 1, maxLength: 6 }),
    fc.constantFrom(
      'sk-',
      'eyJ',
      '?a',
      'a.',
      'a:',
      'x@',
      'http://',
      'password',
      '"\\',
      'api_',
      'token ',
      '=>',
      "'",
      '\ud800',
    ),
  );
  // Of the processor: what others had of it meanwhile is none of ours.
  const millisecondsFor = (text: string): number => {
    const before = process.cpuUsage();
    maskMessage(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), (pieces) => {
      const unit = pieces.join('');
      const repeated = (length: number): string =>
        unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      // a quadratic pattern takes seconds for the first; the second has spaces, so that all of it is read
      const texts = [repeated(1_000_000), `${repeated(4_000)} ${repeated(1_000_000)}`];
      for (const text of texts)
        expect(Math.min(millisecondsFor(text), millisecondsFor(text))).toBeLessThan(300);
    }),
    { numRuns: 200 },
  );
});
