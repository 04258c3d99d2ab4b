import { expect, test } from 'vitest';
import { type DelayHistogram, eventLoopMeter } from './event-loop.ts';

function fake(count: number, p99Ms: number): DelayHistogram & { resets: number; enabled: boolean } {
  const histogram = {
    count,
    resets: 0,
    enabled: false,
    percentile: (percentile: number) => (percentile === 99 ? p99Ms * 1e6 : Number.NaN),
    reset: () => {
      histogram.resets += 1;
    },
    enable: () => {
      histogram.enabled = true;
      return true;
    },
    disable: () => {
      histogram.enabled = false;
      return true;
    },
  };
  return histogram;
}

test('subtracts the resolution, and begins anew with each reading', () => {
  const histogram = fake(100, 95);
  const meter = eventLoopMeter(histogram, 20);
  expect(meter.read()).toEqual({ value: 75, said: 'the event loop is up to 75 ms late' });
  expect(meter.read().value).toBe(75);
  expect(histogram.resets).toBe(2);
});

test.each([
  ['without a sample', 0, 2 ** 63],
  ['of an idle loop', 100, 19.9],
  ['that is no number', 1, Number.NaN],
])('is 0 %s', (_name, count, p99Ms) => {
  expect(eventLoopMeter(fake(count, p99Ms), 20).read().value).toBe(0);
});

test('close stops the measuring', () => {
  const histogram = fake(0, 0);
  const meter = eventLoopMeter(histogram);
  expect(histogram.enabled).toBe(true);
  meter.close();
  expect(histogram.enabled).toBe(false);
});
