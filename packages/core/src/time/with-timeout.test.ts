import { getEventListeners } from 'node:events';
import { createVirtualClock } from '@resilient/testing';
import { describe, expect, it } from 'vitest';
import { isResilientError } from '../errors/resilient-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { withDeadline } from './deadline.ts';
import { withTimeout } from './with-timeout.ts';

const never = (): Promise<never> => new Promise(() => {});

// biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
const thenable = { then: (resolve: (value: number) => void) => resolve(3) } as PromiseLike<number>;

describe('withTimeout', () => {
  it('answers a value, a thenable, a rejection and a synchronous throw as they are', async () => {
    const clock = createVirtualClock();
    const options = { timeoutMs: 10, clock };
    const thrown = new Error('mine');
    expect(await withTimeout(() => 7, options)).toBe(7);
    expect(await withTimeout(async () => 'later', options)).toBe('later');
    expect(await withTimeout(() => thenable, options)).toBe(3);
    await expect(withTimeout(() => Promise.reject(thrown), options)).rejects.toBe(thrown);
    await expect(
      withTimeout(() => {
        throw thrown;
      }, options),
    ).rejects.toBe(thrown);
    expect(clock.pending).toBe(0);
  });

  it('rejects when time is up although the work does not listen, and aborts its signal with the same error', async () => {
    const clock = createVirtualClock();
    let signal: AbortSignal | undefined;
    const settled = withTimeout(
      (context) => {
        signal = context.signal;
        return never();
      },
      { timeoutMs: 50, clock },
    ).catch((error: unknown) => error);
    await clock.advance(49);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    const error = await settled;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'TIMEOUT', timeoutMs: 50 });
    expect(signal?.reason).toBe(error);
  });

  it('gives an aborted signal to work that reads it only after time was up', async () => {
    const clock = createVirtualClock();
    let context: { signal: AbortSignal } | undefined;
    const settled = withTimeout(
      (given) => {
        context = given;
        return never();
      },
      { timeoutMs: 5, clock },
    ).catch((error: unknown) => error);
    await clock.advance(5);
    expect(context?.signal.aborted).toBe(true);
    expect(context?.signal.reason).toBe(await settled);
  });

  it('lets a late result change nothing and raises no unhandled rejection', async () => {
    const clock = createVirtualClock();
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const work = Promise.withResolvers<number>();
    const settled = withTimeout(() => work.promise, { timeoutMs: 5, clock }).catch((error: unknown) => error);
    await clock.advance(5);
    work.reject(new Error('late'));
    expect(await settled).toBeInstanceOf(TimeoutError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('switches the limit off with Infinity and does not fire early at 2^31 ms', async () => {
    const clock = createVirtualClock();
    for (const timeoutMs of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 31 + 5]) {
      const work = Promise.withResolvers<string>();
      const settled = withTimeout(() => work.promise, { timeoutMs, clock });
      await clock.advance(2 ** 31 - 1);
      work.resolve('there');
      expect(await settled).toBe('there');
    }
  });

  it("rejects with the caller's own reason at once, and leaves no listener and no timer", async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const reason = { given: 'up' };
    const settled = withTimeout(({ signal }) => (signal.aborted ? never() : never()), {
      timeoutMs: 1_000,
      signal: controller.signal,
      clock,
    }).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await settled).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  it('does not begin work for a caller who has given up', async () => {
    let ran = false;
    const settled = withTimeout(() => (ran = true), { timeoutMs: 5, signal: AbortSignal.abort('no') });
    await expect(settled).rejects.toBe('no');
    expect(ran).toBe(false);
  });

  it('is bound by an enclosing deadline that ends first', async () => {
    const clock = createVirtualClock();
    const settled = withDeadline(20, () => withTimeout(never, { timeoutMs: 500, clock }), { clock });
    const error = settled.catch((reason: unknown) => reason);
    await clock.advance(20);
    expect(isResilientError(await error, 'DEADLINE')).toBe(true);
    expect(await error).toMatchObject({ timeoutMs: 20 });
  });

  it('cancels a promise that can be cancelled', async () => {
    const clock = createVirtualClock();
    let cancelled = 0;
    const promise = Object.assign(never(), { cancel: () => (cancelled += 1) });
    const settled = withTimeout(() => promise, { timeoutMs: 5, clock }).catch(() => 'over');
    await clock.advance(5);
    expect(await settled).toBe('over');
    expect(cancelled).toBe(1);
  });

  it.each([
    [{ timeoutMs: 0 }, RangeError, /expected `timeoutMs` to be a number above 0 or Infinity, got 0/],
    [{ timeoutMs: Number.NaN }, TypeError, /got NaN/],
    [{ timeoutMs: '5' }, TypeError, /got "5"/],
    [{ timeoutMs: 5, signal: {} }, TypeError, /expected `signal` to be an AbortSignal, got an object/],
    [{ timeoutMs: 5, timeout: 5 }, TypeError, /unknown option `timeout` of withTimeout/],
    [{ timeoutMs: 5, name: 5 }, TypeError, /expected `name` to be a string, got 5/],
    [
      { timeoutMs: 5, clock: {} },
      TypeError,
      /expected `clock` to be a Clock with a function `now`, got an object/,
    ],
  ])('rejects %o before the work is begun', async (options, type, message) => {
    let ran = false;
    const call = (): Promise<unknown> => withTimeout(() => (ran = true), options as never);
    await expect(call()).rejects.toThrow(type);
    await expect(call()).rejects.toThrow(message);
    expect(ran).toBe(false);
  });
});
