import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import { MAX_ALERTS } from '../defaults.ts';
import type { HealthMonitor } from './types.ts';

let clock: VirtualClock;
let logger: MemoryLogger;
let monitor: HealthMonitor;

beforeEach(() => {
  clock = createVirtualClock();
  logger = memoryLogger();
  monitor = testMonitor({ clock, logger });
});

afterEach(async () => {
  await monitor.close();
  expect(clock.pending).toBe(0);
});

/** Words of letters alone, since digits make no other error. */
const wordOf = (i: number): string =>
  i.toString(36).replace(/\d/g, (digit) => 'ABCDEFGHIJ'[Number(digit)] ?? '');

const errorAt = (frame: string | undefined, message: string, name = 'Error'): object => ({
  name,
  message,
  ...(frame === undefined ? {} : { stack: `Error\n    at ${frame}` }),
});

interface Alert {
  readonly rule: string;
  readonly state: string;
  readonly errorType?: string;
  readonly count: number;
}

const told = (rule: string): Alert[] =>
  logger.lines.flatMap(({ facts }) => {
    const alert = facts.alert as Alert | undefined;
    return alert?.rule === rule ? [alert] : [];
  });

const firedTypes = (): unknown[] =>
  told('repeated-error')
    .filter(({ state }) => state === 'fired')
    .map(({ errorType }) => errorType);

/** One real error in 11 places of a burst; `repeats` is how often each invented one comes. */
function burst(
  count: number,
  place: (i: number) => string | undefined,
  real: string | undefined,
  repeats = 1,
): void {
  const every = Math.floor(count / 11);
  for (let i = 0; i < count; i += 1) {
    if (i % every === 0) monitor.recordError(errorAt(real, 'the real one', 'RealError'));
    for (let j = 0; j < repeats; j += 1)
      monitor.recordError(errorAt(place(i), `invented ${wordOf(i)}`, 'Flood'));
  }
}

test('a flood of invented names and messages: totals exact, tables bounded, and what was put out is told', () => {
  for (let i = 0; i < 20_000; i += 1) monitor.recordError(errorAt(undefined, wordOf(i), `Invented${i}`));
  const { totalErrors, errorsByType } = monitor.getErrorSummary();
  expect(totalErrors).toBe(20_000);
  expect(Object.keys(errorsByType)).toHaveLength(257);
  expect(errorsByType._OTHER).toBe(20_000 - 256);
  expect(monitor.getReport().bounds).toMatchObject({
    types: 20_000 - 256,
    fingerprints: 19_000,
    selfErrors: 0,
  });
});

test('a burst of invented messages, 1 million in proportion, while one real error occurs 11 times: its alert fires', () => {
  // 2,700 invented ones between two of its occurrences: whoever was seen longest ago is put out twice over.
  burst(30_000, () => 'parse (input.ts:1:1)', 'save (shop.ts:1:1)');
  expect(firedTypes()).toEqual(['RealError']);
  expect(monitor.getReport().bounds.fingerprints).toBeGreaterThan(28_000);
});

test('also if each invented message comes twice', () => {
  burst(15_000, () => 'parse (input.ts:1:1)', 'save (shop.ts:1:1)', 2);
  expect(firedTypes()).toEqual(['RealError']);
});

test('also if the burst comes from many places', () => {
  burst(30_000, (i) => `parse (input.ts:${i % 300}:1)`, 'save (shop.ts:1:1)');
  expect(firedTypes()).toEqual(['RealError']);
});

test('what has no place of its own is kept once it was seen twice', () => {
  monitor.recordError(errorAt(undefined, 'the real one', 'RealError'));
  burst(30_000, () => undefined, undefined);
  expect(firedTypes()).toEqual(['RealError']);
});

test('a table full of what came twice does not shut out a new one', async () => {
  for (let i = 0; i < 4_000; i += 1) {
    const error = (): object => errorAt(undefined, `invented ${wordOf(Math.floor(i / 2))}`);
    monitor.recordError(error());
    monitor.recordError(error());
  }
  for (let i = 0; i < 11; i += 1) monitor.recordError(errorAt(undefined, 'the real one', 'RealError'));
  expect(firedTypes().at(-1)).toBe('RealError');
});

test('more alerts at a time than can be kept: the rest is put off, told once, and nothing breaks', async () => {
  const kinds = MAX_ALERTS + 200;
  const firing = (): unknown[] => monitor.getReport().alerts.filter(({ rule }) => rule === 'repeated-error');
  const recordAll = (times: number): void => {
    for (let i = 0; i < kinds; i += 1) {
      for (let j = 0; j < times; j += 1) monitor.recordError(errorAt(undefined, `kind ${wordOf(i)}`));
    }
  };
  recordAll(11);
  expect(firing()).toHaveLength(MAX_ALERTS);
  expect(firedTypes()).toHaveLength(MAX_ALERTS);
  expect(logger.of('error').map((line) => line.message)).toEqual([
    expect.stringContaining('alerts at a time'),
  ]);
  expect(monitor.getReport().bounds).toMatchObject({ alerts: 200, selfErrors: 0 });
  expect(monitor.getErrorSummary().totalErrors).toBe(kinds * 11);
  await clock.advance(3_600_000);
  expect(monitor.getReport().alerts).toEqual([]);
  recordAll(11);
  expect(firing()).toHaveLength(MAX_ALERTS);
});
