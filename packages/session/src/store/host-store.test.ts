import { EventEmitter } from 'node:events';
import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { SessionConflictError } from '../errors/session-conflict-error.ts';
import { SessionCorruptError } from '../errors/session-corrupt-error.ts';
import type { QuarantineEntry } from '../quarantine/quarantine-entry.ts';
import { defineSession } from '../shape/define-session.ts';
import { healingStore } from './healing-store.ts';
import type { HostSession, HostStore } from './host-store.ts';
import type { HealingStoreOptions, SessionStore } from './types.ts';

const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
const logger = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => logger };

/** A store that answers in a later turn. */
class Rows extends EventEmitter implements SessionStore {
  readonly rows = new Map<string, unknown>();
  fail: unknown;
  calls: string[] = [];

  get(id: string, callback: (error?: unknown, row?: unknown) => void): void {
    this.calls.push('get');
    queueMicrotask(() => (this.fail === undefined ? callback(null, this.rows.get(id)) : callback(this.fail)));
  }
  set(id: string, row: object, callback: (error?: unknown) => void): void {
    this.calls.push('set');
    queueMicrotask(() => {
      if (this.fail === undefined) this.rows.set(id, JSON.parse(JSON.stringify(row)));
      callback(this.fail);
    });
  }
  destroy(id: string, callback: (error?: unknown) => void): void {
    this.calls.push('destroy');
    queueMicrotask(() => {
      this.rows.delete(id);
      callback(this.fail);
    });
  }
}

const make = (inner: SessionStore, options: HealingStoreOptions = {}): HostStore =>
  healingStore(inner, shape, { logger, ...options }) as HostStore;

const get = (store: HostStore, id: string): Promise<Record<string, unknown> | null | undefined> =>
  new Promise((resolve, reject) => {
    store.get(id, (error, row) => (error ? reject(error as Error) : resolve(row)));
  });
const set = (store: HostStore, id: string, row: object): Promise<void> =>
  new Promise((resolve, reject) => {
    store.set(id, row, (error) => (error ? reject(error as Error) : resolve()));
  });
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

/** What express-session does with a store: gives it `generate`. */
class Session {
  constructor(request: { sessionID?: string }, data: object = {}) {
    Object.defineProperty(this, 'req', { value: request });
    Object.defineProperty(this, 'id', { value: request.sessionID });
    Object.assign(this, data);
  }
}
function hosted(store: HostStore): HostStore {
  let ids = 0;
  store.generate = (request) => {
    const its = request as { session?: object; sessionID?: string };
    ids += 1;
    its.sessionID = `new-${ids}`;
    its.session = Object.assign(new Session(its), {
      cookie: { path: '/', httpOnly: true, sameSite: 'strict', originalMaxAge: 60, expires: null },
    });
  };
  return store;
}

test('an anonymous site is told that the store is down, and that it is back, once each', async () => {
  const clock = createVirtualClock();
  const inner = new Rows();
  const store = make(inner, { onStoreDown: 'anonymous', clock });
  const told: string[] = [];
  for (const event of ['disconnect', 'connect']) store.on(event, () => told.push(event));
  inner.fail = new Error('ECONNREFUSED');
  await Promise.all([get(store, 'a'), get(store, 'b')]);
  expect(told).toEqual(['disconnect']);
  const before = inner.calls.length;
  await clock.advance(3_000);
  expect(inner.calls.length - before).toBe(3);
  inner.fail = undefined;
  await clock.advance(1_000);
  expect(told).toEqual(['disconnect', 'connect']);
  await clock.advance(10_000);
  expect(inner.calls.length - before).toBe(4); // asked no longer
  inner.fail = new Error('ECONNREFUSED');
  await get(store, 'a');
  expect(told).toEqual(['disconnect', 'connect', 'disconnect']);
});

test('a host that does not listen is not asked for', async () => {
  const clock = createVirtualClock();
  const inner = new Rows();
  inner.fail = new Error('ECONNREFUSED');
  const store = make(inner, { onStoreDown: 'anonymous', clock });
  await get(store, 'a');
  await clock.advance(10_000);
  expect(inner.calls).toEqual(['get']);
});

test('what the store itself says of its connection is passed on, and what else it can do', () => {
  const inner = Object.assign(new Rows(), { length: (callback: (n: number) => void) => callback(7) });
  const store = make(inner) as HostStore & { length(callback: (n: number) => void): void };
  const told: string[] = [];
  for (const event of ['disconnect', 'connect']) store.on(event, () => told.push(event));
  inner.emit('disconnect');
  inner.emit('connect');
  store.length((n) => told.push(String(n)));
  expect(told).toEqual(['disconnect', 'connect', '7']);
  expect(store.touch).toBeUndefined();
});

test('a session made of a row has the cookie of the options and the lifetime of the row', async () => {
  const inner = new Rows();
  const store = hosted(make(inner));
  inner.rows.set('a', {
    xp: 3,
    cookie: {
      httpOnly: false,
      domain: 'evil.example',
      originalMaxAge: 5,
      expires: '2099-01-01T00:00:00.000Z',
    },
  });
  const request: Record<string, unknown> = { sessionID: 'a' };
  const row = await get(store, 'a');
  const session = store.createSession(request, row as never) as HostSession;
  expect(request).toEqual({ sessionID: 'a', session });
  expect(session).toBeInstanceOf(Session);
  expect(session.id).toBe('a');
  expect(session.cookie).toEqual({
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    originalMaxAge: 5,
    expires: new Date('2099-01-01'),
  });
});

test('load answers a session outside a request, and nothing where there is none', async () => {
  const inner = new Rows();
  const store = hosted(make(inner));
  inner.rows.set('a', { xp: 3 });
  const load = (id: string): Promise<unknown> =>
    new Promise((resolve) => {
      store.load(id, (error, session) => resolve(error ?? session));
    });
  expect(await load('a')).toMatchObject({ id: 'a', xp: 3, cookie: { path: '/' } });
  expect(await load('b')).toBeUndefined();
  inner.fail = new Error('ECONNREFUSED');
  expect(await load('a')).toMatchObject({ code: 'STORE_DOWN' });
});

test("the host's own save right after ours writes nothing, unless something changed", async () => {
  const inner = new Rows();
  const store = make(inner);
  const session = { xp: 1, cookie: {} };
  await set(store, 'a', session);
  store.savedEarly(session);
  await set(store, 'a', session);
  expect(inner.calls).toEqual(['set']);
  session.xp = 2;
  await set(store, 'a', session);
  expect(inner.calls).toEqual(['set', 'get', 'set']);
});

test('a conflict is told as such, not as a store that is down', async () => {
  const inner = new Rows();
  const store = make(inner);
  inner.fail = new SessionConflictError();
  await expect(set(store, 'a', { xp: 1 })).rejects.toMatchObject({ code: 'SESSION_CONFLICT' });
});

test('where rows are touched the store is believed, not the date in the text', async () => {
  const clock = createVirtualClock({ epoch: Date.parse('2026-01-01') });
  const old = { xp: 1, cookie: { originalMaxAge: 60_000, expires: '2025-01-01T00:00:00.000Z' } };
  const touching = Object.assign(new Rows(), { touch: () => {} });
  touching.rows.set('a', old);
  expect(await get(make(touching, { clock }), 'a')).toEqual({ xp: 1, cookie: { originalMaxAge: 60_000 } });
  const plain = new Rows();
  plain.rows.set('a', old);
  expect(await get(make(plain, { clock }), 'a')).toBeUndefined();
});

test('`quarantine` is handed what cannot be read, with 16 KiB of its bytes at most', async () => {
  const entries: QuarantineEntry[] = [];
  const raw = `{"userId":"${'x'.repeat(20_000)}`;
  const inner = Object.assign(new Rows(), { readRaw: async () => raw });
  const store = make(inner, { quarantine: (entry) => void entries.push(entry) });
  inner.fail = new SessionCorruptError();
  expect(await get(store, 'a')).toBeUndefined();
  inner.fail = undefined;
  inner.rows.set('b', 'text');
  expect(await get(store, 'b')).toEqual({ cookie: {} });
  await turns();
  expect(entries).toMatchObject([
    { reason: 'not-json', rawBytes: raw.length },
    { reason: 'not-an-object', rawBytes: raw.length },
  ]);
  for (const entry of entries) expect(entry.raw).toHaveLength(16_384);
  expect(new Set(entries.map(({ idHash }) => idHash)).size).toBe(2);
});

test('a `quarantine` or a `readRaw` that fails changes nothing', async () => {
  const inner = new Rows();
  const entries: QuarantineEntry[] = [];
  const failures: HealingStoreOptions[] = [
    { quarantine: () => Promise.reject(new Error('no')) },
    {
      quarantine: () => {
        throw new Error('no');
      },
    },
    { quarantine: (entry) => void entries.push(entry), readRaw: () => Promise.reject(new Error('no')) },
  ];
  for (const options of failures) {
    const store = make(inner, options);
    inner.fail = new SyntaxError('Unexpected token');
    expect(await get(store, 'a')).toBeUndefined();
    await turns();
  }
  expect(entries).toMatchObject([{ reason: 'not-json', raw: undefined }]);
});

test('wrong options are refused when it is made', () => {
  expect(() => make(new Rows(), { quarantine: 1 as never })).toThrow('expected `quarantine`');
  expect(() => make(new Rows(), { readRaw: 1 as never })).toThrow('expected `readRaw`');
});
