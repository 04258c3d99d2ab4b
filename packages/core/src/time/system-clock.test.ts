import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';

describe('systemClock', () => {
  it('sleeps, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const before = systemClock.now();
    await systemClock.sleep(3, controller.signal);
    expect(systemClock.now() - before).toBeGreaterThan(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it("ends a sleep at once with the signal's reason", async () => {
    const controller = new AbortController();
    const long = systemClock.sleep(60_000, controller.signal);
    controller.abort('enough');
    await expect(long).rejects.toBe('enough');
    await expect(systemClock.sleep(60_000, AbortSignal.abort('before'))).rejects.toBe('before');
  });

  it('never fires at Infinity, and ignores handles that are no timers', () => {
    const handle = systemClock.setTimer(() => {}, Number.POSITIVE_INFINITY);
    expect(handle).toBeUndefined();
    systemClock.clearTimer(handle);
    systemClock.clearTimer(null);
  });

  it('clears short and shared timers alike', async () => {
    let fired = 0;
    systemClock.clearTimer(systemClock.setTimer(() => (fired += 1), 1));
    systemClock.clearTimer(systemClock.setTimer(() => (fired += 1), 1_000));
    await systemClock.sleep(5);
    expect(fired).toBe(0);
  });

  it("does not carry the context of one caller into another's shared timer", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen = await new Promise((resolve) => {
      context.run('a caller', () => systemClock.setTimer(() => resolve(context.getStore()), 1_000));
    });
    expect(seen).toBeUndefined();
  });
});
