import { getEventListeners } from 'node:events';
import { createVirtualClock } from '@resilient/testing';
import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../errors/timeout-error.ts';
import { retry } from '../retry/retry.ts';
import { withDeadline } from './deadline.ts';
import { runLimited } from './run-limited.ts';
import { systemClock } from './system-clock.ts';
import { withTimeout } from './with-timeout.ts';
import { WorkScope } from './work-scope.ts';

/** A query that runs when it is awaited, as those of knex and mongoose are. */
function lazyQuery(settle: (resolve: (value: string) => void) => void = (resolve) => resolve('row')) {
  const query = {
    runs: 0,
    cancels: 0,
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    then: ((fulfilled, rejected) => {
      query.runs += 1;
      return new Promise<string>(settle).then(fulfilled, rejected);
    }) as PromiseLike<string>['then'],
    cancel(): void {
      query.cancels += 1;
    },
  };
  return query;
}

const never = (): void => {};

describe('a thenable that runs when it is awaited', () => {
  it.each([5, 1_000, Number.POSITIVE_INFINITY])('runs once, with a limit of %d ms', async (ms) => {
    for (const signal of [undefined, new AbortController().signal]) {
      const clock = createVirtualClock();
      const query = lazyQuery();
      const limits = { clock, ms, signal, onTimeout: () => new TimeoutError(ms) };
      expect(await runLimited(new WorkScope(ms), () => query, limits)).toBe('row');
      expect(query.runs).toBe(1);
      expect(clock.pending).toBe(0);
    }
  });

  it('is cancelled when its time is up, and when the caller gives up', async () => {
    const clock = createVirtualClock();
    const slow = lazyQuery(never);
    const timed = withTimeout(() => slow, { timeoutMs: 5, clock }).catch((error: unknown) => error);
    await clock.advance(5);
    expect(await timed).toBeInstanceOf(TimeoutError);
    const caller = new AbortController();
    const other = lazyQuery(never);
    const given = withTimeout(() => other, { timeoutMs: 5, clock, signal: caller.signal }).catch(
      (error: unknown) => error,
    );
    caller.abort('enough');
    expect(await given).toBe('enough');
    expect([slow.runs, slow.cancels, other.runs, other.cancels]).toEqual([1, 1, 1, 1]);
  });

  it('may throw when it is awaited, and when it is cancelled', async () => {
    const clock = createVirtualClock();
    const broken = new Error('broken thenable');
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: as above
      then(): never {
        throw broken;
      },
    } as unknown as PromiseLike<string>;
    const { signal } = new AbortController();
    await expect(withTimeout(() => thenable, { timeoutMs: 5, clock, signal })).rejects.toBe(broken);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const stubborn = Object.assign(new Promise<never>(never), {
      cancel: () => {
        throw new Error('no');
      },
    });
    const timed = withTimeout(() => stubborn, { timeoutMs: 5, clock }).catch((error: unknown) => error);
    await clock.advance(5);
    expect(await timed).toBeInstanceOf(TimeoutError);
  });
});

describe('time that is too short to be told from none', () => {
  it('is up before the work is begun', async () => {
    const clock = createVirtualClock({ startAt: 1_000_000 });
    let ran = false;
    const work = (): boolean => (ran = true);
    const limits = { clock, onTimeout: () => new TimeoutError(1) };
    for (const begin of [
      () => withTimeout(work, { timeoutMs: 1e-12, clock }),
      () => runLimited(new WorkScope(0), work, { ...limits, ms: 0 }),
      () => runLimited(new WorkScope(0), work, { ...limits, ms: -1 }),
    ]) {
      await expect(begin()).rejects.toBeInstanceOf(TimeoutError);
    }
    const error = await retry(work, { timeoutMs: 1e-12, clock }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ stopReason: 'deadline', code: 'TIMEOUT' });
    await expect(withDeadline(1e-12, work, { clock })).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(ran).toBe(false);
  });
});

describe('an error of the work', () => {
  it.each([undefined, new AbortController().signal])(
    'keeps the frames of its callers (signal: %s)',
    async (signal) => {
      const load = async (): Promise<never> => {
        await systemClock.sleep(1);
        throw new Error('down');
      };
      async function readThePage(): Promise<void> {
        await withTimeout(load, { timeoutMs: 60_000, ...(signal && { signal }) });
      }
      await expect(readThePage()).rejects.toHaveProperty('stack', expect.stringContaining('readThePage'));
    },
  );
});

describe('one long-lived signal', () => {
  it('has no listener and no timer left after 10,000 calls of every kind', async () => {
    const clock = createVirtualClock();
    const { signal } = new AbortController();
    const scopes: { signal: AbortSignal }[] = [];
    const read = async (context: { signal: AbortSignal }): Promise<number> => {
      scopes.push(context);
      return context.signal.aborted ? 1 : 0;
    };
    for (let call = 0; call < 2_500; call += 1) {
      await withTimeout(read, { timeoutMs: 5_000, signal, clock });
      await withDeadline(5_000, read, { signal, clock });
      await retry(read, { timeoutMs: 5_000, signal, clock });
      await withTimeout(() => Promise.reject(new Error('down')), { timeoutMs: 5, signal, clock }).catch(
        never,
      );
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
    for (const scope of scopes) expect(scope.signal.aborted).toBe(false);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  }, 120_000);

  it('gains no listener from work that first reads its own signal when it is over', async () => {
    const { signal } = new AbortController();
    const scopes: { signal: AbortSignal }[] = [];
    await withTimeout((scope) => scopes.push(scope), { timeoutMs: 5, signal });
    await withTimeout(async (scope) => scopes.push(scope), { timeoutMs: 5, signal });
    await withDeadline(5, (scope) => scopes.push(scope), { signal });
    await retry((scope) => scopes.push(scope), { signal });
    for (const scope of scopes) expect(scope.signal.aborted).toBe(false);
    expect(scopes).toHaveLength(4);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('the caller gives up', () => {
  const reason = { given: 'up' };

  it('while the work is being begun: a value that is there counts, a wait does not', async () => {
    const clock = createVirtualClock();
    const aborting = <T>(then: () => T) => {
      const caller = new AbortController();
      return withTimeout(
        () => {
          caller.abort(reason);
          return then();
        },
        { timeoutMs: 50, signal: caller.signal, clock },
      );
    };
    expect(await aborting(() => 'paid')).toBe('paid');
    expect(await aborting(async () => 'paid')).toBe('paid');
    await expect(aborting(() => new Promise(never))).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('after the time was up, or after the end: nothing changes', async () => {
    const clock = createVirtualClock();
    const caller = new AbortController();
    const timed = withTimeout(() => new Promise(never), { timeoutMs: 5, signal: caller.signal, clock }).catch(
      (error: unknown) => error,
    );
    await clock.advance(5);
    const done = await withTimeout(async () => 'done', { timeoutMs: 5, signal: caller.signal, clock });
    caller.abort(reason);
    expect([await timed, done]).toEqual([expect.any(TimeoutError), 'done']);
  });

  it('and the work rejects late: the reason stands, and no rejection is unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    for (const timeoutMs of [50, Number.POSITIVE_INFINITY]) {
      const caller = new AbortController();
      const work = Promise.withResolvers<never>();
      const ended = withTimeout(() => work.promise, { timeoutMs, signal: caller.signal });
      caller.abort(reason);
      await expect(ended).rejects.toBe(reason);
      work.reject(new Error('late'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('on the real clock', () => {
  it('limits of 1 s and more are never early, and at most 25 ms late by the timers', async () => {
    const startedAt = systemClock.now();
    const limits = [1_000, 1_000.4, 1_013, 1_024.9];
    const took = await Promise.all(
      limits.map((timeoutMs) =>
        withTimeout(() => new Promise(never), { timeoutMs }).catch(
          () => systemClock.now() - startedAt - timeoutMs,
        ),
      ),
    );
    expect(Math.min(...(took as number[]))).toBeGreaterThanOrEqual(0);
  });
});
