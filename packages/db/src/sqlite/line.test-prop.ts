import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './line.ts';

test('a line is in the order of arrival, whoever leaves it and wherever', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('push' as const), many: fc.integer({ min: 1, max: 400 }) }),
    fc.record({ what: fc.constant('shift' as const), many: fc.integer({ min: 1, max: 400 }) }),
    fc.record({ what: fc.constant('remove' as const), many: fc.nat({ max: 1_000 }) }),
    fc.record({ what: fc.constant('clear' as const), many: fc.constant(1) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const line = new Line<number>();
      const expected: number[] = [];
      let arrived = 0;
      for (const { what, many } of steps) {
        if (what === 'remove') {
          line.remove(many);
          if (expected.includes(many)) expected.splice(expected.indexOf(many), 1);
        } else if (what === 'clear') {
          line.clear();
          expected.length = 0;
        } else {
          for (let count = 0; count < many; count += 1) {
            if (what === 'push') {
              arrived += 1;
              line.push(arrived);
              expected.push(arrived);
            } else {
              expect(line.shift()).toBe(expected.shift());
            }
          }
        }
        expect([...line]).toEqual(expected);
        expect([line.size, line.first]).toEqual([expected.length, expected[0]]);
      }
    }),
    { numRuns: 60 },
  );
});
