import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import type { AlertNotice } from './notice.ts';
import { type AlertSink, type SinkContext, SinkFailure } from './sink.ts';
import { SinkQueue } from './sink-queue.ts';

let clock: VirtualClock;
let logger: MemoryLogger;
let sent: { readonly key: string; readonly at: number; readonly suppressed?: number | undefined }[];

const notice = (key: string, severity: AlertNotice['severity'] = 'critical'): AlertNotice => ({
  state: 'fired',
  severity,
  rule: 'threshold',
  key,
  dedupKey: `school/threshold/${key}`,
  title: 'x',
  summary: 'x',
  count: 1,
  total: 1,
  service: 'school',
  instance: 'one',
  at: new Date(clock.epochNow()),
});

/** A sink that does what `step` says of the n-th try, and notes what it was given. */
function queueOf(step: (attempt: number, context: SinkContext) => unknown, close?: () => unknown): SinkQueue {
  let attempt = 0;
  const sink: AlertSink = {
    name: 'test',
    send(given, context) {
      attempt += 1;
      sent.push({ key: given.key, at: clock.now(), suppressed: given.suppressed });
      return step(attempt, context);
    },
    ...(close === undefined ? {} : { close }),
  };
  return new SinkQueue(sink, clock, logger);
}

const fail = (): never => {
  throw new Error('postgres://user:hunter2@db said no');
};

beforeEach(() => {
  clock = createVirtualClock();
  logger = memoryLogger();
  sent = [];
});

describe('a queue of one sink', () => {
  test('sends in order, one at a time, and push returns at once', async () => {
    let running = 0;
    const queue = queueOf(async () => {
      running += 1;
      expect(running).toBe(1);
      await clock.sleep(100);
      running -= 1;
    });
    for (const key of ['a', 'b', 'c']) queue.push(notice(key));
    await clock.advance(1_000);
    expect(sent.map(({ key, at }) => [key, at])).toEqual([
      ['a', 0],
      ['b', 100],
      ['c', 200],
    ]);
    await queue.close(2_000);
    expect(clock.pending).toBe(0);
  });

  test('that hangs is cut after 3 s, is told so, and does not lose the next notice', async () => {
    const aborted: number[] = [];
    const queue = queueOf((attempt, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(clock.now()));
      return attempt <= 2 ? new Promise(() => undefined) : undefined;
    });
    queue.push(notice('a'));
    queue.push(notice('b'));
    await clock.advance(60_000);
    // 3 s, a wait of 1 s, 3 s, a wait of 2 s
    expect(sent.map(({ key, at }) => [key, at])).toEqual([
      ['a', 0],
      ['a', 4_000],
      ['a', 9_000],
      ['b', 9_000],
    ]);
    expect(aborted).toEqual([3_000, 7_000]);
    expect(logger.lines.map(({ level, facts }) => [level, facts.reason])).toEqual([
      ['warn', 'no answer in 3000 ms'],
      ['warn', 'no answer in 3000 ms'],
      ['info', undefined],
    ]);
    await queue.close(2_000);
  });

  test('that fails is tried after 1, 2, 5, 15, 60, 60 … s, for an hour, then the next notice has its turn', async () => {
    let isDown = true;
    const queue = queueOf(() => (isDown ? fail() : undefined));
    queue.push(notice('a'));
    await clock.advance(30 * 60_000);
    queue.push(notice('b'));
    await clock.advance(31 * 60_000);
    const tries = sent.filter(({ key }) => key === 'a').map(({ at }) => at / 1_000);
    expect(tries.slice(0, 7)).toEqual([0, 1, 3, 8, 23, 83, 143]);
    expect(tries.at(-1)).toBeGreaterThanOrEqual(3_600);
    expect(tries.length).toBeLessThan(70);
    expect(logger.of('error').map(({ facts }) => facts.alert)).toEqual(['school/threshold/a']);
    isDown = false;
    await clock.advance(61_000);
    expect(sent.at(-1)).toMatchObject({ key: 'b' });
    const before = sent.length;
    await clock.advance(3_600_000);
    expect(sent).toHaveLength(before);
    await queue.close(2_000);
  });

  test('says why in its own words: never in those of the error', async () => {
    const reasons = [
      fail,
      () => {
        throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
      },
      () => Promise.reject({ code: 'secret words\n' }),
      () => {
        throw null;
      },
    ];
    const queue = queueOf((attempt) => reasons[attempt - 1]?.());
    queue.push(notice('a'));
    await clock.advance(3_600_000);
    expect(logger.of('warn').map(({ facts }) => facts.reason)).toEqual([
      'it threw',
      'ECONNREFUSED',
      'it threw',
      'it threw',
    ]);
    expect(JSON.stringify(logger.lines)).not.toMatch(/hunter2|secret words/);
    await queue.close(2_000);
  });

  test.each([
    [500, 1_000],
    [7_000, 7_000],
    [3_600_000, 600_000],
  ])('that asks for %i ms waits %i', async (retryAfterMs, waitMs) => {
    const queue = queueOf((attempt) => {
      if (attempt === 1) throw new SinkFailure('it answered 429', { retryAfterMs });
    });
    queue.push(notice('a'));
    await clock.advance(waitMs - 1);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent).toHaveLength(2);
    await queue.close(2_000);
  });

  test('that says it for good is not asked again with the same notice', async () => {
    const queue = queueOf((attempt) => {
      if (attempt === 1) throw new SinkFailure('it answered 404', { final: true });
    });
    queue.push(notice('a'));
    queue.push(notice('b'));
    await clock.advance(60_000);
    expect(sent.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(logger.of('error')).toHaveLength(1);
    await queue.close(2_000);
  });

  test('keeps 100: the oldest warning gives way, then the oldest of all, and the next one sent says how many', async () => {
    const queue = queueOf((attempt) => (attempt <= 1 ? fail() : undefined));
    queue.push(notice('first'));
    await clock.advance(0);
    for (let i = 0; i < 50; i += 1) queue.push(notice(`w${i}`, 'warning'));
    for (let i = 0; i < 100; i += 1) queue.push(notice(`c${i}`));
    await clock.advance(60_000);
    const keys = sent.slice(1).map(({ key }) => key);
    expect(keys).toHaveLength(100);
    expect(keys.filter((key) => key.startsWith('w'))).toEqual([]);
    expect(keys.slice(0, 2)).toEqual(['c0', 'c1']);
    expect(sent[1]?.suppressed).toBe(51);
    expect(sent[2]?.suppressed).toBeUndefined();
    await queue.close(2_000);
  });

  test('close sends what waits, once each, closes the sink, and leaves no timer', async () => {
    const closed: number[] = [];
    const queue = queueOf(
      (attempt) => (attempt <= 2 ? fail() : undefined),
      () => closed.push(clock.now()),
    );
    for (const key of ['a', 'b', 'c']) queue.push(notice(key));
    await clock.advance(0);
    await clock.settle(queue.close(2_000));
    expect(sent.map(({ key }) => key)).toEqual(['a', 'a', 'b', 'c']);
    expect([closed, clock.now(), clock.pending]).toEqual([[0], 0, 0]);
    queue.push(notice('late'));
    await clock.advance(60_000);
    expect(sent).toHaveLength(4);
  });

  test('close of one that hangs takes its time and no more, cuts it, and says what was lost', async () => {
    let aborted = false;
    const queue = queueOf((_attempt, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    });
    queue.push(notice('a'));
    queue.push(notice('b'));
    await clock.settle(queue.close(2_000));
    expect([clock.now(), aborted]).toEqual([2_000, true]);
    expect(logger.of('error')).toMatchObject([{ facts: { sink: 'test', lost: 2 } }]);
    await clock.advance(10_000);
    expect([sent.length, clock.pending]).toEqual([1, 0]);
  });
});
