import { describe, expect, it } from 'vitest';
import { SharedTimers, SLOT_MS } from './shared-timers.ts';

/** Node's timers as SharedTimers sees them, moved by hand. */
function fakeSource() {
  let now = 0;
  const timers = new Set<{ at: number; callback: () => void; referenced: boolean }>();
  return {
    now: () => now,
    arm: (callback: () => void, ms: number) => {
      const timer = { at: now + ms, callback, referenced: true };
      timers.add(timer);
      return {
        ref: () => (timer.referenced = true),
        unref: () => (timer.referenced = false),
        close: () => timers.delete(timer),
      };
    },
    timers,
    async advanceTo(time: number) {
      for (;;) {
        const due = [...timers].filter((timer) => timer.at <= time).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        now = due.at;
        timers.delete(due);
        due.callback();
        await null;
      }
      now = time;
    },
  };
}

describe('SharedTimers', () => {
  it('fires once, never early and at most one slot late', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const fired: number[] = [];
    for (const ms of [1_000, 1_003, 1_024.5, 5_000])
      timers.set(() => fired.push(source.now() - ms), ms, false);
    await source.advanceTo(10_000);
    expect(fired).toHaveLength(4);
    for (const late of fired) {
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(SLOT_MS);
    }
    expect(timers.size).toBe(0);
  });

  it('counts from the instant that is given, also when that is over', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const fired: [number, number][] = [];
    await source.advanceTo(3_000);
    for (const since of [2_900, 1_000])
      timers.set(() => fired.push([since, source.now()]), 1_000, false, since);
    await source.advanceTo(10_000);
    expect(fired).toEqual([
      [1_000, 3_000],
      [2_900, 3_900],
    ]);
  });

  it('holds one timer of the source however many limits wait, and aims at the next one', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    for (let i = 0; i < 1_000; i++) timers.set(() => {}, 60_000 - i, false);
    expect(source.timers.size).toBe(1);
    expect([...source.timers][0]?.at).toBe(Math.ceil(59_001 / SLOT_MS) * SLOT_MS);
  });

  it('keeps the process alive only while a foreground limit waits', () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    timers.set(() => {}, 1_000, true);
    const referenced = (): boolean[] => [...source.timers].map((timer) => timer.referenced);
    expect(referenced()).toEqual([false]);
    const first = timers.set(() => {}, 2_000, false);
    const second = timers.set(() => {}, 2_000, false);
    expect(referenced()).toEqual([true]);
    timers.clear(first);
    expect(referenced()).toEqual([true]);
    timers.clear(second);
    expect(referenced()).toEqual([false]);
    timers.clear(second);
    timers.set(() => {}, 500, false);
    expect(referenced()).toEqual([true]);
  });

  it('does not call a limit that was cleared, even by another of the same slot', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const fired: string[] = [];
    const second = { handle: undefined as unknown };
    timers.set(
      () => {
        fired.push('first');
        timers.clear(second.handle);
      },
      1_000,
      false,
    );
    second.handle = timers.set(() => fired.push('second'), 1_000, false);
    await source.advanceTo(2_000);
    expect(fired).toEqual(['first']);
  });

  it('reaches an instant beyond the longest timer of the source in steps, not early', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const far = 2 ** 31 + 10_000;
    let firedAt: number | undefined;
    timers.set(() => (firedAt = source.now()), far, false);
    await source.advanceTo(far - 1);
    expect(firedAt).toBeUndefined();
    await source.advanceTo(far + SLOT_MS);
    expect(firedAt).toBeGreaterThanOrEqual(far);
  });

  it('loses no limit among slots that are emptied and filled again', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const fired: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      const kept = (turn % 7) * SLOT_MS + 1_000;
      for (const ms of [1_000, 5_000, 1_000, kept]) timers.clear(timers.set(() => fired.push(-1), ms, false));
      if (turn % 3 === 0) timers.set(() => fired.push(turn), kept, false);
      await source.advanceTo(turn * 10);
    }
    await source.advanceTo(20_000);
    expect(fired.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n * 3));
    expect(timers.size).toBe(0);
    expect(source.timers.size).toBe(0);
  });

  it('goes on when a source fires early', async () => {
    const source = fakeSource();
    const timers = new SharedTimers({
      now: source.now,
      arm: (callback, ms) => source.arm(callback, Math.max(ms - 1, 0.5)),
    });
    let firedAt = 0;
    timers.set(() => (firedAt = source.now()), 1_000, false);
    await source.advanceTo(990);
    expect(firedAt).toBe(0);
    await source.advanceTo(1_100);
    expect(firedAt).toBeGreaterThanOrEqual(999);
  });
});

describe('many shared timers', () => {
  it('fire although half a million are due in one slot', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    let fired = 0;
    for (let set = 0; set < 500_000; set += 1) timers.set(() => (fired += 1), 1_000, false);
    await source.advanceTo(2_000);
    expect(fired).toBe(500_000);
    expect(timers.size).toBe(0);
  });

  it('leave nothing behind after a million that were set and cleared', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    for (let set = 0; set < 1_000_000; set += 1) {
      timers.clear(timers.set(() => {}, 1_000 + (set % 1_000) * 60, set % 2 === 0));
    }
    expect(timers.size).toBe(0);
    expect(timers.slots).toBeLessThanOrEqual(1);
    expect(source.timers.size).toBeLessThanOrEqual(1);
    expect([...source.timers].every((timer) => !timer.referenced)).toBe(true);
    await source.advanceTo(100_000);
    expect(source.timers.size).toBe(0);
  });

  it('may be set and cleared by one that fires', async () => {
    const source = fakeSource();
    const timers = new SharedTimers(source);
    const fired: number[] = [];
    const later = timers.set(() => fired.push(-1), 3_000, false);
    timers.set(
      () => {
        timers.clear(later);
        for (const ms of [0, 1_000]) timers.set(() => fired.push(source.now()), ms, false);
      },
      1_000,
      false,
    );
    await source.advanceTo(10_000);
    expect(fired).toEqual([1_000, 2_000]);
  });

  it.each([5, 'timer', null, Object.freeze({}), { slot: 40 }])(
    'are not cleared by %o, which is none',
    (handle) => {
      const timers = new SharedTimers(fakeSource());
      timers.set(() => {}, 1_000, false);
      expect(timers.clear(handle)).toBe(false);
      expect(timers.size).toBe(1);
    },
  );
});
