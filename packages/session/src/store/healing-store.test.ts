import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SessionCorruptError } from '../errors/session-corrupt-error.ts';
import { SessionStoreError } from '../errors/session-store-error.ts';
import { SessionTooLargeError } from '../errors/session-too-large-error.ts';
import { defineSession } from '../shape/define-session.ts';
import { healingStore } from './healing-store.ts';
import type { HealingStore, HealingStoreOptions, SessionStore, StoreCallback } from './types.ts';

const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });

const silent = () => {
  const lines: unknown[] = [];
  const line = (...parts: unknown[]): void => void lines.push(parts);
  const logger = { debug: line, info: line, warn: line, error: line, fatal: line, child: () => logger };
  return { logger, lines };
};

/** A store of texts that answers in a later turn, fails on request and counts. */
function textStore() {
  const rows = new Map<string, string>();
  const state = { rows, fail: undefined as unknown, hang: false, writes: 0, beforeWrite: () => {} };
  const later = (callback: StoreCallback<unknown>, work: () => unknown): void => {
    if (state.hang) return;
    queueMicrotask(() => {
      if (state.fail !== undefined) callback(state.fail);
      else {
        let found: unknown;
        try {
          found = work();
        } catch (error) {
          callback(error);
          return;
        }
        callback(null, found);
      }
    });
  };
  const store: SessionStore = {
    get: (id, callback) => later(callback, () => JSON.parse(rows.get(id) ?? 'null')),
    set: (id, session, callback) =>
      later(callback as never, () => {
        state.writes += 1;
        state.beforeWrite();
        rows.set(id, JSON.stringify(session));
      }),
    destroy: (id, callback) => later(callback as never, () => rows.delete(id)),
  };
  return { store, ...state, state };
}

function wrapped(options: HealingStoreOptions = {}) {
  const inner = textStore();
  const { logger, lines } = silent();
  const store = healingStore(inner.store, shape, { logger, ...options });
  return { ...inner, store, lines };
}

const get = (store: HealingStore, id: string): Promise<Record<string, unknown> | undefined> =>
  new Promise((resolve, reject) => {
    store.get(id, (error, session) => (error ? reject(error) : resolve(session)));
  });
const set = (store: HealingStore, id: string, session: object): Promise<void> =>
  new Promise((resolve, reject) => {
    store.set(id, session, (error) => (error ? reject(error) : resolve()));
  });
const destroy = (store: HealingStore, id: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.destroy(id, (error) => (error ? reject(error) : resolve()));
  });

test.each([
  ['a number', '42', {}],
  ['a string', '"hello"', {}],
  ['an array', '[1,2]', {}],
  ['an empty object', '{}', {}],
  ['__proto__', '{"__proto__":{"a":1},"xp":1}', { xp: 1 }],
  ['a method of the host', '{"save":1,"regenerate":2,"destroy":3,"touch":4,"reload":5,"xp":1}', { xp: 1 }],
])('hands on %s as an object with a cookie and nothing that throws', async (_, text, rest) => {
  const { store, rows } = wrapped();
  rows.set('a', text);
  const session = await get(store, 'a');
  expect(session).toEqual({ ...rest, cookie: {} });
  expect(Object.getPrototypeOf(session)).toBe(Object.prototype);
});

test('of the cookie only well-formed expires and originalMaxAge are read', async () => {
  const { store, rows } = wrapped();
  const cookies: [unknown, unknown][] = [
    [
      {
        expires: '2030-01-01T00:00:00.000Z',
        originalMaxAge: 5,
        httpOnly: false,
        domain: 'evil.example',
        path: '/x',
      },
      { expires: new Date('2030-01-01'), originalMaxAge: 5 },
    ],
    [{ expires: 'soon', originalMaxAge: 'abc', maxAge: 7 }, {}],
    [{ expires: 1e300, originalMaxAge: 1e300 }, {}],
    [{ expires: '+275760-09-13T00:00:00.001Z', originalMaxAge: -1 }, {}],
    [{ expires: null, originalMaxAge: null }, { originalMaxAge: null }],
    ['secret', {}],
    [null, {}],
    [[], {}],
  ];
  for (const [stored, read] of cookies) {
    rows.set('a', JSON.stringify({ cookie: stored, xp: 1 }));
    expect(await get(store, 'a')).toEqual({ cookie: read, xp: 1 });
  }
});

test('text that is not JSON is answered as no session, and its bytes reach neither log nor event', async () => {
  const { store, rows, lines } = wrapped();
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => events.push(event));
  rows.set('a', '{"userId":"sk-live-SECRET');
  expect(await get(store, 'a')).toBeUndefined();
  stop();
  expect(events).toEqual([{ kind: 'session', name: 'session', package: 'session', action: 'corrupt' }]);
  expect(JSON.stringify(lines)).not.toContain('SECRET');
  expect(lines).toHaveLength(1);
});

test('SESSION_CORRUPT and ENOENT are no outage', async () => {
  const { store, state } = wrapped();
  state.fail = new SessionCorruptError();
  expect(await get(store, 'a')).toBeUndefined();
  state.fail = Object.assign(new Error('no file'), { code: 'ENOENT' });
  expect(await get(store, 'a')).toBeUndefined();
});

test('a store that is down is a 503 without the driver, told once, and told again when it is back', async () => {
  const { store, state, lines, rows } = wrapped();
  const actions: unknown[] = [];
  const stop = onResilienceEvent((event) => event.kind === 'session' && actions.push(event.action));
  rows.set('a', '{"xp":1}');
  state.fail = new Error('connect ECONNREFUSED 10.0.0.7 password=hunter2');
  for (const work of [() => get(store, 'a'), () => set(store, 'a', {}), () => destroy(store, 'a')]) {
    const error = await work().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SessionStoreError);
    expect(error).toMatchObject({ code: 'STORE_DOWN', statusCode: 503, headers: { 'retry-after': '5' } });
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect((error as Error).message).not.toContain('ECONNREFUSED');
  }
  state.fail = undefined;
  expect(await get(store, 'a')).toMatchObject({ xp: 1 });
  await set(store, 'a', {});
  stop();
  expect(actions).toEqual(['store-down', 'store-up']);
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test('writes that fail while reads work are told once, not with every request', async () => {
  const { store, state, lines, rows } = wrapped();
  rows.set('a', '{"xp":1}');
  for (let request = 0; request < 5; request += 1) {
    await get(store, 'a');
    state.fail = new Error('attempt to write a readonly database');
    await expect(set(store, `b${request}`, {})).rejects.toBeInstanceOf(SessionStoreError);
    state.fail = undefined;
  }
  expect(lines).toHaveLength(1);
  await set(store, 'b', {});
  expect(lines).toHaveLength(2);
});

test('an error says what is known of the write', async () => {
  const { store, state } = wrapped();
  state.fail = new Error('gone');
  await expect(get(store, 'a')).rejects.toMatchObject({ operation: 'get', outcome: 'not-sent' });
  await expect(set(store, 'a', {})).rejects.toMatchObject({ operation: 'set', outcome: 'unknown' });
});

test('no answer within storeTimeoutMs is an outage; what comes later is ignored', async () => {
  const clock = createVirtualClock();
  const { store, state } = wrapped({ clock });
  state.hang = true;
  const answer = get(store, 'a').then(
    () => 'found',
    (error: unknown) => error,
  );
  await clock.advance(1_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect(await answer).toBeInstanceOf(SessionStoreError);
  const write = set(store, 'a', {}).then(
    () => 'saved',
    (error: unknown) => error,
  );
  await clock.advance(9_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect(await write).toMatchObject({ code: 'STORE_DOWN', outcome: 'unknown' });
});

test('a store that throws, answers twice or is an async function that rejects is heard once', async () => {
  const { logger } = silent();
  let calls = 0;
  const odd = {
    get: () => {
      throw new Error('at once');
    },
    set: (_id: string, _session: object, callback: StoreCallback) => {
      callback();
      callback(new Error('again'));
    },
    destroy: async () => {
      throw new Error('rejected');
    },
  } as unknown as SessionStore;
  const store = healingStore(odd, shape, { logger });
  await expect(get(store, 'a')).rejects.toBeInstanceOf(SessionStoreError);
  store.set('a', {}, () => {
    calls += 1;
  });
  expect(calls).toBe(1);
  await expect(destroy(store, 'a')).rejects.toBeInstanceOf(SessionStoreError);
});

test('anonymous: an empty session that is never written, until the store could be read again', async () => {
  const { store, state, rows } = wrapped({ onStoreDown: 'anonymous' });
  rows.set('a', '{"xp":7}');
  state.fail = new Error('down');
  expect(await get(store, 'a')).toEqual({ cookie: {} });
  await set(store, 'a', { xp: 0 });
  state.fail = undefined;
  await set(store, 'a', { xp: 0 }); // the request that began during the outage ends after it
  expect(rows.get('a')).toBe('{"xp":7}');
  expect(await get(store, 'a')).toMatchObject({ xp: 7 });
  await set(store, 'a', { xp: 8 });
  expect(rows.get('a')).toBe('{"xp":8}');
});

test('a session that was loaded is not saved once its row is gone', async () => {
  const { store, rows } = wrapped();
  rows.set('a', '{"xp":1}');
  await get(store, 'a');
  rows.delete('a'); // logged out by another process
  await set(store, 'a', { xp: 2 });
  expect(rows.has('a')).toBe(false);
  await set(store, 'new', { xp: 1 });
  rows.delete('new');
  await set(store, 'new', { xp: 2 });
  expect(rows.has('new')).toBe(false);
});

test('an id destroyed here is not written for 5 minutes, also while a write is under way', async () => {
  const clock = createVirtualClock();
  const { store, rows, state } = wrapped({ clock });
  await destroy(store, 'a');
  await clock.advance(299_999);
  await set(store, 'a', { xp: 1 });
  expect(rows.has('a')).toBe(false);
  await clock.advance(2);
  await set(store, 'a', { xp: 1 });
  expect(rows.has('a')).toBe(true);
  let loggedOut: Promise<void> | undefined;
  state.beforeWrite = () => {
    loggedOut = destroy(store, 'a');
  };
  await set(store, 'a', { xp: 2 });
  await loggedOut;
  expect(rows.has('a')).toBe(false);
});

test('a store that can replace is asked to, in one question', async () => {
  const { store: inner, state, rows } = textStore();
  let reads = 0;
  const store = healingStore(
    {
      ...inner,
      get: (id, callback) => {
        reads += 1;
        inner.get(id, callback);
      },
      replace: (id, session, callback) => {
        if (rows.has(id)) rows.set(id, JSON.stringify(session));
        callback();
      },
    },
    shape,
  );
  rows.set('a', '{"xp":1}');
  await get(store, 'a');
  await set(store, 'a', { xp: 2 });
  expect([rows.get('a'), reads, state.writes]).toEqual(['{"xp":2}', 1, 0]);
  rows.delete('a');
  await set(store, 'a', { xp: 3 });
  expect(rows.has('a')).toBe(false);
});

test('a session whose cookie has expired is answered as none, and destroyed', async () => {
  const { store, rows } = wrapped();
  rows.set('a', '{"xp":1,"cookie":{"expires":"2020-01-01T00:00:00.000Z"}}');
  expect(await get(store, 'a')).toBeUndefined();
  expect(rows.has('a')).toBe(false);
  await set(store, 'a', { xp: 2 });
  expect(rows.has('a')).toBe(false);
});

test('a log-out that failed does not keep the session from being saved', async () => {
  const { store, rows, state } = wrapped();
  state.fail = new Error('down');
  await expect(destroy(store, 'a')).rejects.toBeInstanceOf(SessionStoreError);
  state.fail = undefined;
  await set(store, 'a', { xp: 1 });
  expect(rows.has('a')).toBe(true);
});

test('what cannot be serialised is left out of the save and reported; the rest is saved', async () => {
  const { store, rows, lines } = wrapped();
  const events: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => events.push(event));
  const circular: unknown[] = [];
  circular.push(circular);
  await set(store, 'a', { cookie: { path: '/' }, xp: 1n, mine: circular, other: 'kept' });
  stop();
  expect(JSON.parse(rows.get('a') ?? '')).toEqual({ cookie: { path: '/' }, other: 'kept' });
  expect(events).toEqual([
    {
      kind: 'session',
      name: 'session',
      package: 'session',
      action: 'removed',
      key: 'xp',
      keyKind: 'preference',
    },
    { kind: 'session', name: 'session', package: 'session', action: 'removed' },
  ]);
  expect(lines).toHaveLength(1);
});

test('a session that is too large is told as such: the store is not down', async () => {
  const { store, state } = wrapped();
  state.fail = new SessionTooLargeError(70_000, 65_536);
  await expect(set(store, 'a', {})).rejects.toBe(state.fail);
});

test('touch is there only where the store has one', () => {
  const { store, state } = wrapped();
  expect(store.touch).toBeUndefined();
  const touching = healingStore(
    { ...textStore().store, touch: (_id, _session, callback) => callback() },
    shape,
  );
  let touched = 0;
  touching.touch?.('a', {}, () => {
    touched += 1;
  });
  expect(touched).toBe(1);
  expect(state.writes).toBe(0);
});

test.each([
  [{}, {}, 'expected `store` to be an object with a function `get`'],
  [textStore().store, { onStoreDown: 'retry' }, 'expected `onStoreDown` to be one of "fail", "anonymous"'],
  [textStore().store, { storeTimeoutMs: 0 }, 'expected `storeTimeoutMs`'],
  [textStore().store, { timeoutMs: 1 }, 'unknown option `timeoutMs` of healingStore'],
])('refuses wrong options (%#)', (store, options, message) => {
  expect(() => healingStore(store as SessionStore, shape, options as HealingStoreOptions)).toThrow(message);
});
