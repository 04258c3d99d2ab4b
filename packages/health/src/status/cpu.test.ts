import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { cpuMeter } from './cpu.ts';

const clock = createVirtualClock();

function meter(cores: number) {
  const used = { cpuMs: 5_000, activeMs: 5_000 };
  const read = cpuMeter(clock, {
    usedUs: () => used.cpuMs * 1_000,
    loopActiveMs: () => used.activeMs,
    cores,
  });
  return {
    read,
    run: async (cpuMs: number, activeMs: number): Promise<void> => {
      used.cpuMs += cpuMs;
      used.activeMs += activeMs;
      await clock.advance(1_000);
    },
  };
}

test('each reading is of the time since the last one, by the cores that are granted', async () => {
  const { read, run } = meter(2);
  await run(500, 100);
  expect(read()).toMatchObject({ value: 0.25, cpuShare: 0.25, eventLoopUtilization: 0.1 });
  await run(2_000, 100);
  expect(read()).toMatchObject({ value: 1, said: 'the processor is at 100 % of what is granted' });
  await run(0, 0);
  expect(read().value).toBe(0);
});

test('half a core is full at half of the time', async () => {
  const { read, run } = meter(0.5);
  await run(490, 0);
  expect(read().value).toBeCloseTo(0.98, 5);
});

test('one thread at its limit is full, however many cores there are', async () => {
  const { read, run } = meter(8);
  await run(1_000, 990);
  const reading = read();
  expect(reading.cpuShare).toBe(0.125);
  expect(reading).toMatchObject({ value: 0.99, said: 'the main thread is busy 99 % of the time' });
});

test('two readings at one instant are no NaN, and none is above 1', async () => {
  const { read, run } = meter(1);
  expect(read().value).toBe(0);
  await run(5_000, 5_000);
  expect(read().value).toBe(1);
});
