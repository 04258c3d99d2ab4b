import { expect, test } from 'vitest';
import { retryHintOf } from './retry-hint.ts';

const now = Date.parse('1994-11-06T08:49:00Z');
const year = 366 * 86_400_000;

test.each([
  [{ 'retry-after-ms': '1500' }, 1_500],
  [{ 'retry-after-ms': '0.5', 'retry-after': '9' }, 0.5],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '0.001' }, 1],
  [{ 'retry-after': '2' }, 2_000],
  [{ 'Retry-After': ' 2 ' }, 2_000],
  [{ 'retry-after': '5, 10' }, 10_000],
  [{ 'retry-after': ['5', '10'] }, 10_000],
  [{ 'retry-after': '-5' }, 0],
  [{ 'retry-after': '99999999999' }, year],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 37_000],
  [{ 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 37_000],
  [{ 'retry-after': 'Sun Nov  6 08:49:37 1994' }, 37_000],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:48:37 GMT' }, 0],
  [{ 'x-ms-retry-after-ms': '40', 'retry-after': '9' }, 40],
  [{ 'x-amz-retry-after': '1250' }, 1_250],
  [{ 'retry-after-ms': 'NaN', 'retry-after': '9' }, 9_000],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT, 45' }, 45_000],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:39 GMT' }, 39_000],
  [{ 'retry-after': '1994-11-06T08:49:37Z' }, 37_000],
  [{ 'retry-after': '1994-11-06T09:49:37.500+01:00' }, 37_500],
  [{ 'retry-after': 'foo 5' }, undefined], // which Date.parse takes for a day of May
  [{ 'retry-after': '5, soon' }, undefined],
  [{ 'retry-after': '1e3' }, undefined],
  [{ 'retry-after': 'Infinity' }, undefined],
  [{ 'retry-after': '0x10' }, undefined],
  [{ 'retry-after': '5s' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': 'Invalid Date GMT' }, undefined],
  [{ 'retry-after': '9'.repeat(10_000) }, undefined],
  [{}, undefined],
  [undefined, undefined],
])('%o asks to wait for %s ms', (headers, ms) => {
  expect(retryHintOf(headers, now)).toBe(ms);
});

test('a date is measured from the answer’s own, whatever our clock says', () => {
  const headers = new Headers({
    'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT',
    date: 'Sun, 06 Nov 1994 08:49:27 GMT',
  });
  expect(retryHintOf(headers, now + year)).toBe(10_000);
});

test('headers that throw are no hint', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('trap');
      },
      ownKeys: () => {
        throw new Error('trap');
      },
    },
  );
  expect(retryHintOf(hostile, now)).toBeUndefined();
});
