import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from './virtual-clock.ts';

const DAY = 86_400_000;

describe('createVirtualClock', () => {
  it('starts at monotonic 0 and a fixed wall time, and stands still by itself', async () => {
    const clock = createVirtualClock();
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now()).toBe(0);
    expect(clock.epochNow()).toBe(Date.UTC(2025, 0, 1));
  });

  it('takes start, wall time and seed from the options', async () => {
    const clock = createVirtualClock({ startAt: 500, epoch: DAY, seed: 3 });
    await clock.advance(10);
    expect([clock.now(), clock.epochNow()]).toEqual([510, DAY + 10]);
    expect(clock.random()).toBe(createVirtualClock({ seed: 3 }).random());
    expect(clock.random()).not.toBe(createVirtualClock({ seed: 4 }).random());
  });

  it('runs timers in the order of time, then of creation', async () => {
    const clock = createVirtualClock();
    const ran: string[] = [];
    clock.setTimer(() => ran.push(`b@${clock.now()}`), 20);
    clock.setTimer(() => ran.push(`a@${clock.now()}`), 10);
    clock.setTimer(() => ran.push(`c@${clock.now()}`), 20);
    clock.setTimer(() => ran.push('never'), 21);
    await clock.advance(20);
    expect(ran).toEqual(['a@10', 'b@20', 'c@20']);
    expect(clock.pending).toBe(1);
  });

  it('runs the timers set inside the window by code that was woken in it', async () => {
    const clock = createVirtualClock();
    const woke: number[] = [];
    const worker = (async () => {
      for (let round = 0; round < 4; round++) {
        await clock.sleep(10);
        for (let hop = 0; hop < 50; hop++) await null;
        woke.push(clock.now());
      }
    })();
    await clock.advance(35);
    expect(woke).toEqual([10, 20, 30]);
    await clock.advance(5);
    await worker;
    expect(woke).toEqual([10, 20, 30, 40]);
  });

  it('runs a timer set by a callback at the same instant, before later ones', async () => {
    const clock = createVirtualClock();
    const ran: string[] = [];
    clock.setTimer(() => {
      ran.push('outer');
      clock.setTimer(() => ran.push('nested'), 0);
    }, 5);
    clock.setTimer(() => ran.push('later'), 6);
    await clock.advance(6);
    expect(ran).toEqual(['outer', 'nested', 'later']);
  });

  it('sees a timer that is set behind a promise chain not yet run', async () => {
    const clock = createVirtualClock();
    let fired = false;
    void Promise.resolve()
      .then(() => undefined)
      .then(() => clock.setTimer(() => (fired = true), 10));
    await clock.advance(10);
    expect(fired).toBe(true);
  });

  it('rejects a sleep with the reason of its signal at once, leaving no timer and no listener', async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const nap = clock.sleep(1000, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(nap).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('rejects a sleep whose signal is already aborted, whatever the reason', async () => {
    const clock = createVirtualClock();
    await expect(clock.sleep(10, AbortSignal.abort('no'))).rejects.toBe('no');
    expect(clock.pending).toBe(0);
  });

  it('takes its listener off the signal when a sleep ends by itself', async () => {
    const clock = createVirtualClock();
    const { signal } = new AbortController();
    const nap = clock.sleep(10, signal);
    await clock.advance(10);
    await nap;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('stops a timer, and ignores unknown, fired and undefined handles', async () => {
    const clock = createVirtualClock();
    let fired = 0;
    const stopped = clock.setTimer(() => fired++, 10);
    const fires = clock.setTimer(() => fired++, 10);
    clock.clearTimer(stopped);
    await clock.advance(10);
    for (const handle of [fires, stopped, undefined, null, 7, {}]) clock.clearTimer(handle);
    expect(fired).toBe(1);
  });

  it('never fires a timer of Infinity, but counts it as pending', async () => {
    const clock = createVirtualClock();
    const handle = clock.setTimer(() => expect.unreachable(), Infinity);
    await clock.advance(1e15);
    expect(await clock.advanceToNext()).toBe(false);
    expect(clock.pending).toBe(1);
    clock.clearTimer(handle);
    expect(clock.pending).toBe(0);
  });

  it('goes to the next timer and no further', async () => {
    const clock = createVirtualClock();
    const ran: number[] = [];
    for (const ms of [30, 10, 10]) clock.setTimer(() => ran.push(ms), ms);
    expect(await clock.advanceToNext()).toBe(true);
    expect([clock.now(), ran]).toEqual([10, [10, 10]]);
    expect(await clock.advanceToNext()).toBe(true);
    expect([clock.now(), await clock.advanceToNext()]).toEqual([30, false]);
  });

  it('steps wall time without touching monotonic time or timers', async () => {
    const clock = createVirtualClock({ epoch: DAY });
    let fired = false;
    clock.setTimer(() => (fired = true), 1000);
    clock.jumpWall(-5000);
    await clock.advance(999);
    expect([clock.now(), clock.epochNow(), fired]).toEqual([999, DAY - 4001, false]);
  });

  it('rejects advance with what a callback throws, and goes on from there afterwards', async () => {
    const clock = createVirtualClock();
    const error = new Error('callback');
    let later = false;
    clock.setTimer(() => {
      throw error;
    }, 10);
    clock.setTimer(() => (later = true), 20);
    await expect(clock.advance(30)).rejects.toBe(error);
    expect([clock.now(), later]).toEqual([10, false]);
    await clock.advance(10);
    expect(later).toBe(true);
  });

  it('settles a promise that needs many waits, and hands on its value or its error', async () => {
    const clock = createVirtualClock();
    const retries = async (fail: boolean): Promise<number> => {
      for (let attempt = 0; attempt < 10; attempt++) await clock.sleep(2 ** attempt * 100);
      if (fail) throw new Error('gave up');
      return clock.now();
    };
    expect(await clock.settle(retries(false))).toBe(102_300);
    await expect(clock.settle(retries(true))).rejects.toThrow('gave up');
  });

  it('gives up on a promise that does not settle in time', async () => {
    const clock = createVirtualClock();
    await expect(clock.settle(clock.sleep(101), { maxMs: 100 })).rejects.toThrow('within 100 virtual ms');
    await expect(clock.settle(new Promise(() => {}), { idleMs: 0, maxMs: 1000 })).rejects.toThrow(
      'no timer of this clock',
    );
  });

  it('does not run past the settled promise', async () => {
    const clock = createVirtualClock();
    clock.setTimer(() => expect.unreachable(), 11);
    await clock.settle(clock.sleep(10));
    expect(clock.now()).toBe(10);
  });

  it('stops a loop of zero waits', async () => {
    const clock = createVirtualClock();
    const again = (): void => void clock.setTimer(again, 0);
    again();
    await expect(clock.advance(0)).rejects.toThrow('a wait of 0 that never ends?');
  }, 120_000);

  it('passes the methods on without their object', async () => {
    const { now, sleep, advance, random } = createVirtualClock();
    const nap = sleep(5);
    await advance(5);
    await nap;
    expect(now()).toBe(5);
    expect(random()).toBeGreaterThanOrEqual(0);
  });

  it('names bad input', async () => {
    const clock = createVirtualClock();
    expect(() => createVirtualClock({ seed: 1.5 })).toThrow(
      new RangeError('expected `seed` to be an integer of at least 0, got 1.5'),
    );
    expect(() => createVirtualClock({ epoch: 'now' as never })).toThrow(TypeError);
    expect(() => createVirtualClock({ startAt: Infinity })).toThrow(RangeError);
    expect(() => clock.setTimer(() => {}, Number.NaN)).toThrow(
      'expected `ms` to be a number of at least 0 or Infinity, got NaN',
    );
    expect(() => clock.setTimer('no' as never, 1)).toThrow(TypeError);
    await expect(clock.advance(-1)).rejects.toThrow('expected `ms` to be a number of at least 0, got -1');
    await expect(clock.sleep(Number.NaN)).rejects.toThrow(TypeError);
    expect(() => createVirtualClock({ sed: 1 } as never)).toThrow('unknown option `sed`');
  });
});

describe('random', () => {
  it('is spread evenly over 0 to 1', () => {
    const { random } = createVirtualClock({ seed: 11 });
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw++) {
      const bucket = Math.floor(random() * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
