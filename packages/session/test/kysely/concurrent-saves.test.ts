import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { defineSession, healingStore } from '@resilient/session';
import {
  createSessionStore,
  type KyselySessionStore,
  type SessionStoreOptions,
} from '@resilient/session/kysely';
import { createVirtualClock } from '@resilient/testing';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { destroy, get, newPlace, openPlace, type Place, save, type Tables } from './table-fixture.ts';

const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.string() },
    role: { kind: 'authority', schema: z.enum(['student', 'teacher', 'admin']) },
    xp: { kind: 'preference', schema: z.number(), default: 0 },
  },
});

describe.each(['sqlite', 'postgres'] as const)('requests of one session at the same time, on %s', (kind) => {
  const clock = createVirtualClock();
  let where: AsyncDisposable & { readonly place: Place };
  let db: Kysely<Tables>;
  let lines: string[];

  beforeEach(async () => {
    where = await newPlace(kind, inject('postgresUrl'));
    db = openPlace(where.place);
    lines = [];
  });
  afterEach(async () => {
    await db.destroy();
    await where[Symbol.asyncDispose]();
  });

  const line = (facts: object | string, message = ''): void =>
    void lines.push(JSON.stringify(facts) + message);
  const logger = { debug: line, info: line, warn: line, error: line, fatal: line, child: () => logger };
  const open = (options: SessionStoreOptions = {}): KyselySessionStore =>
    createSessionStore(db, { clock, logger, shape, ...options });
  const stored = (store: KyselySessionStore) => get(store, 'id');
  const read = async (store: KyselySessionStore): Promise<Record<string, unknown>> => {
    const session = await get(store, 'id');
    if (session === null) throw new Error('no session');
    return session;
  };

  test('each keeps what it changed, in two stores as in one, and a session saved twice goes on from there', async () => {
    const [here, there] = [open(), open()];
    await save(here, 'id', { userId: 'u1', xp: 0 });
    const slow = await read(here);
    const quick = await read(there);
    await save(there, 'id', Object.assign(quick, { cart: ['book'] }));
    await save(here, 'id', Object.assign(slow, { note: 'a' }));
    expect(await stored(here)).toEqual({ userId: 'u1', xp: 0, cart: ['book'], note: 'a' });
    await save(there, 'id', Object.assign(quick, { cart: ['book', 'pen'] }));
    await save(here, 'id', Object.assign(slow, { note: 'b' }));
    await save(here, 'id', Object.assign(slow, { note: 'c' }));
    expect(await stored(here)).toEqual({ userId: 'u1', xp: 0, cart: ['book', 'pen'], note: 'c' });
    expect((await db.selectFrom('session').select('rev').executeTakeFirst())?.rev).toBe(6);
    expect(lines).toEqual([]);
  });

  test('a new session that is saved again in the same request is compared as well', async () => {
    const store = open();
    const session: Record<string, unknown> = { xp: 1 };
    await save(store, 'id', session);
    await save(store, 'id', Object.assign(await read(store), { note: 'n' }));
    await save(store, 'id', Object.assign(session, { xp: 2 }));
    expect(await stored(store)).toEqual({ xp: 2, note: 'n' });
  });

  test('saves of one object that overlap are written in turn', async () => {
    const store = open({ onConflict: 'refuse' });
    await save(store, 'id', { xp: 0 });
    const session = await read(store);
    const saves = [];
    for (let xp = 1; xp <= 5; xp += 1) saves.push(save(store, 'id', Object.assign(session, { xp })));
    await Promise.all(saves);
    expect(await stored(store)).toEqual({ xp: 5 });
  });

  test('the later value of a key that both changed is kept and told, without values and unknown names', async () => {
    const events: ResilienceEvent[] = [];
    const stop = onResilienceEvent((event) => event.kind === 'session' && events.push(event));
    const store = open();
    await save(store, 'id', { xp: 0, 'secret-name': 'a' });
    const [one, two] = [await read(store), await read(store)];
    await save(store, 'id', Object.assign(one, { xp: 7_001, 'secret-name': 'SECRET-b' }));
    await save(store, 'id', Object.assign(two, { xp: 7_002, 'secret-name': 'SECRET-c' }));
    stop();
    expect(await stored(store)).toEqual({ xp: 7_002, 'secret-name': 'SECRET-c' });
    expect(events).toMatchObject([
      { kind: 'session', action: 'conflict', key: 'xp' },
      { kind: 'session', action: 'conflict' },
    ]);
    const told = JSON.stringify(events) + lines.join();
    expect(lines).toHaveLength(1);
    expect(told).not.toMatch(/secret-name|SECRET|700/);
  });

  test('the application can decide what becomes of such a key', async () => {
    const store = open({
      onConflict: ({ key, base, stored: theirs, saved }) =>
        key === 'xp' ? Number(theirs) + Number(saved) - Number(base) : saved,
    });
    await save(store, 'id', { xp: 10 });
    const [one, two] = [await read(store), await read(store)];
    await save(store, 'id', Object.assign(one, { xp: 11 }));
    await save(store, 'id', Object.assign(two, { xp: 11 }));
    expect(await stored(store)).toEqual({ xp: 12 });
  });

  test('a role taken away meanwhile is not brought back, and two changes of role are refused', async () => {
    const store = open();
    await save(store, 'id', { userId: 'u1', role: 'teacher', xp: 0 });
    const [slow, quick] = [await read(store), await read(store)];
    delete quick.role;
    await save(store, 'id', quick);
    await save(store, 'id', Object.assign(slow, { xp: 1 }));
    expect(await stored(store)).toEqual({ userId: 'u1', xp: 1 });
    await expect(save(store, 'id', Object.assign(slow, { role: 'admin' }))).rejects.toMatchObject({
      code: 'SESSION_CONFLICT',
      statusCode: 409,
      outcome: 'rejected',
    });
    expect(await stored(store)).toEqual({ userId: 'u1', xp: 1 });
  });

  test('nothing of a slow request gets into the session of the next user', async () => {
    const store = open();
    await save(store, 'id', { userId: 'u1', role: 'admin' });
    const slow = await read(store);
    await save(store, 'id', { userId: 'u2' });
    await save(store, 'id', Object.assign(slow, { note: 'private' }));
    expect(await stored(store)).toEqual({ userId: 'u2' });
    expect(lines.join()).toContain('left');
  });

  test.each(['set', 'replace'] as const)(
    '%s of a session that was destroyed or expired meanwhile is skipped',
    async (how) => {
      const store = open();
      const expires = new Date(clock.epochNow() + 1_000);
      for (const end of [() => destroy(store, 'id'), () => clock.advance(1_000)]) {
        await save(store, 'id', { cookie: { expires }, xp: 0 });
        const slow = await read(store);
        await end();
        await save(store, 'id', { ...slow, cookie: {} }, 'replace'); // a copy
        await save(store, 'id', Object.assign(slow, { xp: 1, cookie: {} }), how);
        await save(store, 'id', slow, 'touch');
        expect(await stored(store)).toBeNull();
      }
    },
  );

  test('a row that was damaged meanwhile is not mended with half a session', async () => {
    const store = open();
    await save(store, 'id', { userId: 'u1', role: 'admin', xp: 0 });
    const slow = await read(store);
    await db.updateTable('session').set({ data: '{"userId":', rev: 2 }).execute();
    await save(store, 'id', Object.assign(slow, { xp: 1 }));
    await expect(stored(store)).rejects.toMatchObject({ code: 'SESSION_CORRUPT' });
  });

  test('what was read is known through the wrapper too', async () => {
    const store = open();
    const wrapped = healingStore(store, shape, { clock, logger });
    await save(store, 'id', { userId: 'u1', xp: 0 });
    const asHost = () =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        wrapped.get('id', (error, session) => (error ? reject(error) : resolve(session ?? {})));
      });
    const [one, two] = [await asHost(), await asHost()];
    const write = (session: object) =>
      new Promise<void>((resolve, reject) => {
        wrapped.set('id', session, (error) => (error ? reject(error) : resolve()));
      });
    await write(Object.assign(one, { note: 'n' }));
    await write(Object.assign(two, { xp: 1 }));
    expect(await stored(store)).toMatchObject({ userId: 'u1', xp: 1, note: 'n' });
  });

  test('what koa-session notes is neither a change nor a conflict', async () => {
    const store = open({ onConflict: 'refuse' });
    const notes = (ms: number) => ({ _expire: clock.epochNow() + ms, _maxAge: ms });
    await save(store, 'id', { ...notes(3_600_000), xp: 0 });
    const [one, two, same] = [await read(store), await read(store), await read(store)];
    await clock.advance(1_000);
    await save(store, 'id', Object.assign(one, notes(3_600_000), { xp: 1 }));
    await clock.advance(1_000);
    const last = notes(3_600_000);
    await save(store, 'id', Object.assign(two, last, { theme: 'dark' }));
    await save(store, 'id', Object.assign(same, notes(3_610_000)));
    expect(await stored(store)).toEqual({ ...last, xp: 1, theme: 'dark' });
    await clock.advance(3_599_999);
    expect(await stored(store)).not.toBeNull();
    await clock.advance(1);
    expect(await stored(store)).toBeNull();
  });

  test('an unchanged session is not written, a used one once a minute and without counting as a change', async () => {
    const store = open();
    const at = (ms: number) => new Date(clock.epochNow() + ms);
    await save(store, 'id', { cookie: { expires: at(3_600_000) }, xp: 0 });
    const row = () => db.selectFrom('session').select(['rev', 'expires_at']).executeTakeFirstOrThrow();
    const first = await row();
    for (let second = 0; second < 61; second += 1) {
      const session = await read(store);
      session.cookie = { expires: at(3_600_000) };
      await save(store, 'id', session, second % 2 === 0 ? 'set' : 'touch');
      if (second < 60) expect(await row()).toEqual(first);
      await clock.advance(1_000);
    }
    const { rev, expires_at } = await row();
    expect([rev, Number(expires_at) - Number(first.expires_at)]).toEqual([1, 60_000]);
    // Hosts look at the cookie's date, which `touch` leaves alone in the text.
    expect((await read(store)).cookie).toEqual({ expires: new Date(Number(expires_at)).toISOString() });
  });
});
