import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { BreakerEvent, ResilienceEvent, TimeoutEvent } from './event.ts';
import { lastStates } from './last-states.ts';
import { onResilienceEvent } from './on-resilience-event.ts';
import { eventKinds, isObserved, publish } from './publish.ts';

const timeout: TimeoutEvent = { kind: 'timeout', name: 'mailer', package: 'core', timeoutMs: 5 };
const breaker = (name: string, state: BreakerEvent['state'] = 'open'): BreakerEvent => ({
  kind: 'breaker',
  name,
  package: 'http',
  state,
});

const stops: (() => void)[] = [];
const listen = (listener: (event: ResilienceEvent) => void): (() => void) => {
  const stop = onResilienceEvent(listener);
  stops.push(stop);
  return stop;
};
const collect = (): ResilienceEvent[] => {
  const events: ResilienceEvent[] = [];
  listen((event) => events.push(event));
  return events;
};

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

describe('onResilienceEvent', () => {
  it('is told everything that happens, as it happens', () => {
    const events = collect();
    events.length = 0;
    publish(timeout);
    expect(events).toEqual([timeout]);
  });

  it('is told nothing after it has stopped, however often that is said', () => {
    const events: ResilienceEvent[] = [];
    const stop = listen((event) => events.push(event));
    events.length = 0;
    stop();
    stop();
    publish(timeout);
    expect(events).toEqual([]);
    expect(eventKinds.some(isObserved)).toBe(false);
  });

  it('refuses what is no function', () => {
    expect(() => onResilienceEvent('log' as never)).toThrow(
      new TypeError('expected `listener` to be a function, got "log"'),
    );
  });
});

describe('a listener that throws', () => {
  it('is logged once, by name and without its message', () => {
    const script = `
      import { onResilienceEvent } from './on-resilience-event.ts';
      import { publish } from './publish.ts';
      onResilienceEvent(() => { throw new RangeError('secret-words'); });
      for (let n = 0; n < 5; n += 1) publish({ kind: 'timeout', name: 'mailer', package: 'core', timeoutMs: 5 });`;
    const args = ['--input-type=module', '--conditions=@resilient/source', '-e', script];
    const { stdout } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 50, errorName: 'RangeError' });
    expect(stdout).not.toContain('secret-words');
  });

  it('or changes what it is told does not change what others are told later', () => {
    listen((event) => Object.assign(event, { name: 'changed' }));
    publish(breaker('kept'));
    expect(collect().map(({ name }) => name)).toContain('kept');
  });

  it('breaks neither the publisher nor the other listeners', () => {
    let calls = 0;
    listen(() => {
      calls += 1;
      throw new Error('broken listener');
    });
    const events = collect();
    events.length = 0;
    calls = 0;
    expect(() => publish(timeout)).not.toThrow();
    expect(() => publish(timeout)).not.toThrow();
    expect(calls).toBe(2);
    expect(events).toHaveLength(2);
  });

  it('breaks nothing whatever it throws, and if it is asynchronous', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note).on('uncaughtException', note);
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('trap');
        },
      },
    );
    listen(() => {
      throw hostile;
    });
    listen(() => {
      throw null;
    });
    listen(async () => {
      throw new Error('late');
    });
    publish(timeout);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note).off('uncaughtException', note);
    expect(unhandled).toEqual([]);
  });
});

test('another installed copy knows the last states as well', async () => {
  const path = './last-states.ts?copy';
  const other = (await import(path)) as typeof import('./last-states.ts');
  expect(other.lastStates).not.toBe(lastStates);
  publish(breaker('copied'));
  expect(other.lastStates().find(({ name }) => name === 'copied')).toMatchObject({
    state: 'open',
    replay: true,
  });
});

describe('a listener that comes later', () => {
  it('is first told the last state of each name, marked as told again', () => {
    publish(breaker('late-a', 'open'));
    publish(breaker('late-a', 'half-open'));
    publish({
      kind: 'pool',
      name: 'late-a',
      package: 'db',
      state: 'exhausted',
      inUse: 9,
      waiting: 3,
      limit: 9,
    });
    publish({ kind: 'budget', name: 'late-a', package: 'http', state: 'empty', available: 0 });
    publish({ ...timeout, name: 'late-a' });
    const told = collect().filter(({ name }) => name === 'late-a');
    expect(told.map(({ kind, replay }) => [kind, replay])).toEqual([
      ['breaker', true],
      ['pool', true],
      ['budget', true],
    ]);
    expect(told[0]).toMatchObject({ state: 'half-open' });
  });

  it('tells what happens now apart from what is told again', () => {
    const events = collect();
    events.length = 0;
    publish(breaker('now'));
    expect(events).toEqual([breaker('now')]);
  });

  it('keeps the states of two packages with one name apart', () => {
    publish(breaker('shared', 'open'));
    publish({ ...breaker('shared', 'closed'), package: 'other' });
    expect(collect().filter(({ name }) => name === 'shared')).toHaveLength(2);
  });

  it('is told of at most 1,000 names, the ones changed last', () => {
    publish(breaker('oldest'));
    publish(breaker('touched'));
    for (let index = 0; index < 999; index += 1) publish(breaker(`many-${index}`));
    publish(breaker('touched', 'closed'));
    publish(breaker('newest'));
    const names = collect().map(({ name }) => name);
    expect(names).toHaveLength(1_000);
    expect(names).not.toContain('oldest');
    expect(names.slice(-2)).toEqual(['touched', 'newest']);
  });
});

describe('publish', () => {
  it('speaks on a channel of node:diagnostics_channel for each kind', () => {
    const messages: unknown[] = [];
    const note = (message: unknown): void => void messages.push(message);
    subscribe('resilient:timeout', note);
    expect(isObserved('timeout')).toBe(true);
    expect(isObserved('retry')).toBe(false);
    publish(timeout);
    unsubscribe('resilient:timeout', note);
    expect(messages).toEqual([timeout]);
    expect(isObserved('timeout')).toBe(false);
  });

  it('knows all fifteen kinds', () => {
    expect([...eventKinds].sort()).toEqual(
      [
        'retry exhausted timeout breaker budget rate-limit saturated hedge fallback commit pool session error alert',
        'warning',
      ]
        .join(' ')
        .split(' ')
        .sort(),
    );
  });
});
