import { defineSession } from '@resilient/session';
import { createSessionStore, type SessionStoreOptions } from '@resilient/session/kysely';
import { createVirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eachPlace } from './each-place.ts';
import { get, save } from './table-fixture.ts';

const identity = { kind: 'identity', schema: z.union([z.string(), z.number()]) } as const;

describe.each(['sqlite', 'postgres'] as const)('sessions of a user, on %s', (kind) => {
  const clock = createVirtualClock();
  const at = eachPlace(kind);

  const open = (options: SessionStoreOptions = {}) => createSessionStore(at.db, { clock, ...options });
  const users = async () =>
    (await at.db.selectFrom('session').select('user_id').orderBy('user_id').execute()).map(
      (row) => row.user_id,
    );

  test('log out everywhere, or everywhere else; a slow request brings none back', async () => {
    const store = open();
    for (const id of ['a', 'b', 'c']) await save(store, id, { userId: 'u1', xp: 0 });
    await save(store, 'other', { userId: 'u2' });
    await save(store, 'anonymous', { xp: 1 });
    const slow = await get(store, 'b');
    expect(await store.destroyAllOf('u1', { except: 'a' })).toBe(2);
    await save(store, 'b', Object.assign(slow ?? {}, { xp: 1 }));
    expect(await get(store, 'b')).toBeNull();
    expect(await get(store, 'a')).toEqual({ userId: 'u1', xp: 0 });
    expect(await store.destroyAllOf('u1')).toBe(1);
    expect(await store.destroyAllOf('u1')).toBe(0);
    expect(await users()).toEqual(kind === 'sqlite' ? [null, 'u2'] : ['u2', null]);
  });

  test('the id comes from the one identity of the shape, or from the key that is named', async () => {
    const one = open({ shape: defineSession({ keys: { account: identity } }) });
    await save(one, 'a', { account: 7, userId: 'no' });
    expect(await one.destroyAllOf(7)).toBe(1);
    const two = { shape: defineSession({ keys: { account: identity, tenant: identity } }) };
    expect(() => open(two)).toThrow('expected `userIdKey` to be one of the identity keys (account, tenant)');
    const named = open({ ...two, userIdKey: 'tenant' });
    await save(named, 'a', { account: 1, tenant: 't' });
    expect(await named.destroyAllOf('t')).toBe(1);
  });

  test('the column follows the session: logged in, out, as another user; what is no id is none', async () => {
    const store = open();
    const changes: [unknown, string | null][] = [
      ['u1', 'u1'],
      [undefined, null],
      [7, '7'],
      ["u'2; drop table session", "u'2; drop table session"],
      [{ id: 1 }, null],
      ['x'.repeat(256), null],
      ['nul\0', null],
    ];
    await save(store, 'id', { xp: 0 });
    for (const [userId, column] of changes) {
      await save(store, 'id', Object.assign((await get(store, 'id')) ?? {}, { userId }));
      expect(await users()).toEqual([column]);
    }
  });

  test('refuses what is no user id: it would log out nobody, or everybody who is anonymous', async () => {
    const store = open();
    for (const wrong of [undefined, null, '', {}, Number.NaN, 'x'.repeat(256)]) {
      await expect(store.destroyAllOf(wrong as never)).rejects.toThrow('expected `userId`');
    }
    await expect(store.destroyAllOf('u', { exept: 'a' } as never)).rejects.toThrow('exept');
  });

  test('a table of an earlier release gets the column, also from many at once', async () => {
    await sql
      .raw(
        'create table session (id varchar(64) primary key, data text not null, rev integer not null, expires_at bigint not null)',
      )
      .execute(at.db);
    const row = { id: 'x', data: '{}', rev: 1, expires_at: clock.epochNow() + 60_000 } as never;
    await at.db.insertInto('session').values(row).execute();
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => save(open(), id, { userId: id })));
    expect((await users()).filter((id) => id !== null)).toEqual(['a', 'b', 'c', 'd']);
  });
});
