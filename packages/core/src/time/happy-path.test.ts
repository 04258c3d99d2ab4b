import { createVirtualClock } from '@resilient/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ResilienceEvent } from '../events/event.ts';
import { onResilienceEvent } from '../events/on-resilience-event.ts';
import { retry } from '../retry/retry.ts';
import { currentDeadline, withDeadline } from './deadline.ts';
import { withTimeout } from './with-timeout.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const ways = [
  [
    'withTimeout',
    <T>(work: (context: { signal: AbortSignal }) => T) => withTimeout(work, { timeoutMs: 500 }),
  ],
  ['withDeadline', <T>(work: (context: { signal: AbortSignal }) => T) => withDeadline(500, work)],
  ['retry', <T>(work: (context: { signal: AbortSignal }) => T) => retry(work, { timeoutMs: 500 })],
  ['a free retry', <T>(work: (context: { signal: AbortSignal }) => T) => retry(work)],
] as const;

describe.each(ways)('%s around work that succeeds', (_name, run) => {
  it('makes no error, and no controller unless the signal is read', async () => {
    let controllers = 0;
    const Native = AbortController;
    class Counted extends Native {
      constructor() {
        super();
        controllers += 1;
      }
    }
    vi.stubGlobal('AbortController', Counted);
    const captured = vi.spyOn(Error, 'captureStackTrace');
    expect(await run(async () => 'done')).toBe('done');
    expect([captured.mock.calls.length, controllers]).toEqual([0, 0]);
    await run(async (context) => [context.signal, context.signal]);
    expect(controllers).toBe(1);
  });
});

describe('a scope', () => {
  it('is opened by nothing but withDeadline', async () => {
    expect(await withTimeout(async () => currentDeadline(), { timeoutMs: 500 })).toBeUndefined();
    expect(await retry(async () => currentDeadline(), { timeoutMs: 500 })).toBeUndefined();
  });
});

describe('the event of a timeout', () => {
  it('names the work and its limit, and is not told where a scope ended it', async () => {
    const clock = createVirtualClock();
    const never = (): Promise<never> => new Promise(() => {});
    const events: ResilienceEvent[] = [];
    const stop = onResilienceEvent((event) => {
      if (!event.replay) events.push(event);
    });
    const own = withTimeout(never, { timeoutMs: 5, name: 'mailer', clock }).catch(() => {});
    await clock.settle(own);
    const scoped = withDeadline(5, () => withTimeout(never, { timeoutMs: 50, clock }), { clock }).catch(
      () => {},
    );
    await clock.settle(scoped);
    stop();
    expect(events).toEqual([{ kind: 'timeout', name: 'mailer', package: 'core', timeoutMs: 5 }]);
  });
});
