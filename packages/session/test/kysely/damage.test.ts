import { createSessionStore } from '@resilient/session/kysely';
import { createVirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { eachPlace } from './each-place.ts';
import { get, save } from './table-fixture.ts';

describe.each(['sqlite', 'postgres'] as const)('damaged rows, on %s', (kind) => {
  const clock = createVirtualClock();
  const at = eachPlace(kind);

  const open = () => createSessionStore(at.db, { clock });
  const put = async (data: unknown): Promise<ReturnType<typeof open>> => {
    const store = open();
    await save(store, 'id', { xp: 1 });
    await at.db
      .updateTable('session')
      .set({ data: data as string })
      .execute();
    return store;
  };

  test.each(['', '{', '{"a":1}x', 'null}', '\u0000'.slice(1), '{"key":"sk-live-SECRET'])(
    'text that is not JSON is told as such, and can be looked at: %j',
    async (text) => {
      const store = await put(text);
      const error = await get(store, 'id').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'SESSION_CORRUPT' });
      expect(String((error as Error).stack)).not.toContain('SECRET');
      expect(Buffer.from((await store.readRaw('id')) ?? []).toString()).toBe(text);
    },
  );

  test('valid JSON that is no session is handed on for healing', async () => {
    for (const text of ['null', '7', '"text"', '[1]', '{"cookie":7}', '{"cookie":{"expires":"never"}}']) {
      const store = await put(text);
      const found = await get<unknown>(store, 'id');
      if (!text.includes('never')) expect(found).toEqual(JSON.parse(text));
      await save(store, 'id', { xp: 2 });
      expect(await get(store, 'id')).toEqual({ xp: 2 });
    }
  });

  test('the raw bytes end at 16 KiB, and of nothing there is nothing', async () => {
    const store = await put(`é${'x'.repeat(100_000)}`);
    expect((await store.readRaw('id'))?.length).toBe(16_384);
    expect(await store.readRaw('no')).toBeUndefined();
    expect(await open().readRaw('no')).toBeUndefined();
  });

  test('the replacement character that a user has typed is no damage', async () => {
    const store = open();
    await save(store, 'id', { note: 'was \uFFFD here' });
    expect(await get(store, 'id')).toEqual({ note: 'was \uFFFD here' });
  });

  test('bytes that are no text are seen', async () => {
    const bytes = Buffer.from('{"userId":"caf\xe9"}', 'latin1');
    if (kind === 'postgres') {
      const text = sql`convert_from(decode(${bytes.toString('hex')}, 'hex'), 'UTF8')`;
      await expect(put(text)).rejects.toThrow(); // the server keeps no such text
      return;
    }
    const store = await put(sql`cast(x'${sql.raw(bytes.toString('hex'))}' as text)`);
    await expect(get(store, 'id')).rejects.toMatchObject({ code: 'SESSION_CORRUPT' });
    expect(Buffer.from((await store.readRaw('id')) ?? []).length).toBeGreaterThan(0);
    const asBlob = await put(bytes);
    await expect(get(asBlob, 'id')).rejects.toMatchObject({ code: 'SESSION_CORRUPT' });
    expect(await asBlob.readRaw('id')).toEqual(bytes);
  });

  test('dates out of range do not throw in a host', async () => {
    const store = await put('{"cookie":{"expires":"2030-01-01T00:00:00.000Z"},"xp":1}');
    for (const expires_at of ['9007199254740993', '8640000000000001']) {
      await sql`update session set expires_at = ${sql.raw(expires_at)}`.execute(at.db);
      expect(await get(store, 'id')).toMatchObject({ xp: 1 });
    }
  });
});
