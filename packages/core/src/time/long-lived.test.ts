import { describe, expect, it } from 'vitest';
import { retry } from '../retry/retry.ts';
import { currentDeadline, withDeadline, withoutDeadline } from './deadline.ts';
import { systemClock } from './system-clock.ts';
import { withTimeout } from './with-timeout.ts';

/** Collects what is asked for within 5 ms and does it at once: what a loader or a batch writer does. */
class Batcher {
  #waiting: ((value: string) => void)[] = [];
  batches = 0;

  load(): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1)
        withoutDeadline(() => systemClock.setTimer(() => void this.#flush(), 5));
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    const value = await retry(() => withTimeout(async () => 'row', { timeoutMs: 500 }));
    this.batches += 1;
    for (const resolve of waiting) resolve(value);
  }
}

describe('what is first used inside withDeadline(500)', () => {
  it('still works a second later: a batcher and an interval of the test', async () => {
    const batcher = new Batcher();
    const ticks: unknown[] = [];
    let interval: NodeJS.Timeout | undefined;
    await withDeadline(500, async () => {
      withoutDeadline(() => {
        interval = setInterval(() => {
          void retry(async () => currentDeadline() ?? 'free').then(
            (tick) => ticks.push(tick),
            (error: unknown) => ticks.push(error),
          );
        }, 100);
      });
      expect(await batcher.load()).toBe('row');
    });
    await systemClock.sleep(1_050);
    clearInterval(interval);
    expect(ticks.length).toBeGreaterThan(3);
    expect(ticks.every((tick) => tick === 'free')).toBe(true);
    expect(await Promise.all([batcher.load(), batcher.load()])).toEqual(['row', 'row']);
    expect(batcher.batches).toBe(2);
  });

  it('would not without withoutDeadline: an interval carries the scope it was born in', async () => {
    let interval: NodeJS.Timeout | undefined;
    const first = new Promise((resolve) => {
      void withDeadline(20, () => {
        interval = setInterval(() => {
          retry(async () => 'free').then(undefined, (error: unknown) => resolve(error));
        }, 10);
      });
    });
    expect(await first).toMatchObject({ code: 'DEADLINE' });
    clearInterval(interval);
  });
});
