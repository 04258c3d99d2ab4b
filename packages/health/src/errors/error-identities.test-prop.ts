import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorIdentities } from './error-identities.ts';
import { fingerprintOf } from './fingerprint.ts';
import { readError } from './read-error.ts';

const FRAMES = [
  '    at buy (shop.ts:1:1)',
  '    at buy (shop.ts:1:2)',
  '    at buy (shop.ts:1:1) or so',
  '    at sell (shop.ts:1:1)\n    at main (main.ts:9:9)',
  '    at lib (node_modules/lib/index.js:1:1)\n    at buy (shop.ts:1:1)',
  '    at node:internal/timers:1:1',
  '    at <anonymous>',
  '',
];

/** Few words, so that many errors are alike; digits, quotes and brackets, which masking looks at. */
const word = fc.oneof(
  fc.constantFrom(
    'no',
    'stock',
    'of',
    '"',
    "'",
    '#',
    '@',
    'a@b.c',
    'x-1',
    'id7f',
    'password=',
    '\n    at fake (x.ts:1:1)',
  ),
  fc.nat({ max: 99_999 }).map(String),
);
const message = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('no stock of 1', 'no stock of 22', '') },
  { weight: 1, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')) },
);
const thrown = fc.record({
  name: fc.constantFrom<unknown>('Error', 'TypeError', '', 5, undefined),
  code: fc.constantFrom<unknown>(undefined, 'E_A', 'E_B', 7, '7', null),
  said: message,
  changed: fc.option(message, { nil: undefined }),
  frames: fc.constantFrom(...FRAMES),
});

test('what is remembered is what a thorough look would find, for any errors in any order', () => {
  fc.assert(
    fc.property(fc.array(thrown, { maxLength: 60 }), (all) => {
      const identities = new ErrorIdentities();
      for (const { name, code, said, changed, frames } of all) {
        const error = Object.assign(new Error(changed ?? said), { code });
        Object.defineProperty(error, 'name', { value: name });
        error.stack = `Error: ${said}\n${frames}`;
        const facts = readError(error);
        const found = identities.of(error);
        expect(found.key).toBe(fingerprintOf(facts));
        expect({ ...found.facts, message: '' }).toEqual({ ...facts, message: '' });
      }
    }),
    { numRuns: 1_000 },
  );
});
