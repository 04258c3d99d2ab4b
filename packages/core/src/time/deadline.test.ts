import { createVirtualClock } from '@resilient/testing';
import { describe, expect, it } from 'vitest';
import { retry } from '../retry/retry.ts';
import { currentDeadline, withDeadline, withoutDeadline } from './deadline.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('withDeadline', () => {
  it('gives the work a signal and a deadline, and rejects when time is up although it does not listen', async () => {
    const clock = createVirtualClock();
    let context: { signal: AbortSignal; deadline: number } | undefined;
    const settled = withDeadline(
      30,
      (given) => {
        context = given;
        return never();
      },
      { clock },
    ).catch((error: unknown) => error);
    expect(context?.deadline).toBe(30);
    await clock.advance(30);
    expect(await settled).toMatchObject({ code: 'DEADLINE', timeoutMs: 30, outcome: 'unknown' });
    expect(context?.signal.aborted).toBe(true);
  });

  it('is seen inside, over awaits, and not outside', async () => {
    const clock = createVirtualClock();
    const seen = await withDeadline(
      30,
      async () => {
        await null;
        return currentDeadline();
      },
      { clock },
    );
    expect(seen).toBe(30);
    expect(currentDeadline()).toBeUndefined();
  });

  it('is seen by another installed copy', async () => {
    const path = './deadline.ts?copy';
    const other = (await import(path)) as typeof import('./deadline.ts');
    expect(other.withDeadline).not.toBe(withDeadline);
    const clock = createVirtualClock();
    expect(await withDeadline(30, () => other.currentDeadline(), { clock })).toBe(30);
  });

  it('can only be shortened by a scope inside', async () => {
    const clock = createVirtualClock();
    const seen: (number | undefined)[] = [];
    await withDeadline(
      30,
      async () => {
        await withDeadline(10, () => seen.push(currentDeadline()), { clock });
        await withDeadline(500, () => seen.push(currentDeadline()), { clock });
      },
      { clock },
    );
    expect(seen).toEqual([10, 30]);
  });

  it('does not begin work in a scope whose time is up', async () => {
    const clock = createVirtualClock();
    let ran = 0;
    let late: Promise<unknown> | undefined;
    const outer = withDeadline(
      10,
      async () => {
        await clock.sleep(20);
        late = withDeadline(5, () => (ran += 1), { clock }).catch((error: unknown) => error);
      },
      { clock },
    ).catch(() => 'over');
    await clock.advance(20);
    expect(await outer).toBe('over');
    expect(await late).toMatchObject({ code: 'DEADLINE', timeoutMs: 10 });
    expect(ran).toBe(0);
  });

  it('bounds a retry inside: no attempt and no wait is begun that would end after it', async () => {
    const clock = createVirtualClock();
    let attempts = 0;
    const settled = withDeadline(
      250,
      () =>
        retry(
          async () => {
            attempts += 1;
            throw new Error('down');
          },
          { clock, random: () => 0.999, maxRetries: 10 },
        ),
      { clock },
    ).catch((error: unknown) => error);
    await clock.advance(250);
    expect(await settled).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    expect(attempts).toBe(2);
    expect(clock.now()).toBe(250);
  });

  it('is left by withoutDeadline, so that what lives longer is not bound', async () => {
    const clock = createVirtualClock();
    const ticks: (number | undefined)[] = [];
    await withDeadline(
      50,
      () => {
        const tick = (): void => {
          ticks.push(currentDeadline());
          if (ticks.length < 3) clock.setTimer(tick, 400);
        };
        withoutDeadline(() => clock.setTimer(tick, 400));
      },
      { clock },
    );
    await clock.advance(1_200);
    expect(ticks).toEqual([undefined, undefined, undefined]);
  });

  it.each<[unknown[], ErrorConstructor, RegExp]>([
    [[0, () => 1], RangeError as ErrorConstructor, /expected `ms` to be a number above 0 or Infinity, got 0/],
    [['9', () => 1], TypeError as ErrorConstructor, /got "9"/],
    [[5, 'work'], TypeError as ErrorConstructor, /expected `work` to be a function, got "work"/],
    [[5, () => 1, { ms: 1 }], TypeError as ErrorConstructor, /unknown option `ms` of withDeadline/],
    [[5, () => 1, { clock: Date }], TypeError as ErrorConstructor, /expected `clock` to be a Clock with/],
  ])('rejects bad input before the work is begun: %o', async (input, type, message) => {
    const call = (): Promise<unknown> => withDeadline(...(input as unknown as [number, () => number]));
    await expect(call()).rejects.toThrow(type);
    await expect(call()).rejects.toThrow(message);
  });
});
