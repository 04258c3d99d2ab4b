import { expect, test } from 'vitest';

test('the tests run on the Node this repository pins, or on the one the matrix asked for', () => {
  const expected = process.env.RESILIENT_MATRIX ?? '24';
  expect(process.version.split('.')[0]).toBe(`v${expected}`);
});
