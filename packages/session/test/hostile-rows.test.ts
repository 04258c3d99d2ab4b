import { createHash } from 'node:crypto';
import { createSessionStore } from '@resilient/session/kysely';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp, USER } from './fixture/app.ts';
import { openSqlite } from './fixture/database.ts';

/** In this process, so that whatever nobody caught fails the run. */
const lines: string[] = [];
const line = (...parts: unknown[]): void => void lines.push(JSON.stringify(parts));
const logger = { debug: line, info: line, warn: line, error: line, fatal: line, child: () => logger };
const db = openSqlite(':memory:');
let app: FastifyInstance;

beforeAll(async () => {
  app = createApp({ store: createSessionStore(db), logger });
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await db.destroy();
});

async function loggedIn(): Promise<{ cookie: string; id: string }> {
  const { headers } = await app.inject({ method: 'POST', url: '/login' });
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const sessionId = decodeURIComponent(cookie.split('=')[1] ?? '').split('.')[0] ?? '';
  return { cookie, id: createHash('sha256').update(sessionId).digest('hex') };
}
const put = (id: string, data: unknown): Promise<unknown> =>
  db
    .updateTable('session')
    .set({ data: data as string })
    .where('id', '=', id)
    .execute();

const GOOD = {
  cookie: {
    expires: '2036-01-01T00:00:00.000Z',
    originalMaxAge: 3_600_000,
    httpOnly: true,
    path: '/',
    secure: false,
  },
  userId: USER,
  role: 'student',
  xp: 7,
  cart: ['pen', 'sk-live-SECRET'],
  note: 'sk-live-SECRET',
};
const TEXT = JSON.stringify(GOOD);

/** What a crash, a full disk, another writer or another release does to a text. */
const damage = fc.oneof(
  fc.tuple(fc.nat(TEXT.length), fc.nat(255)).map(([at, byte]) => {
    const bytes = Buffer.from(TEXT);
    bytes[at % bytes.length] = byte;
    return bytes.toString();
  }),
  fc.nat(TEXT.length).map((length) => TEXT.slice(0, length)),
  fc.tuple(fc.nat(TEXT.length), fc.nat(40)).map(([at, many]) => TEXT.slice(0, at) + TEXT.slice(at + many)),
  fc
    .record(
      Object.fromEntries(
        [...Object.keys(GOOD), '__proto__', 'constructor', 'save', 'sessionId', 'toJSON', '_v', 'then'].map(
          (key) => [key, fc.oneof(fc.constant((GOOD as Record<string, unknown>)[key]), fc.jsonValue())],
        ),
      ),
      { requiredKeys: [] },
    )
    .map((row) => JSON.stringify(row)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
);

test('whatever a row says: no 5xx, the identity that stands in it or none, and authority beside it alone', async () => {
  await fc.assert(
    fc.asyncProperty(damage, async (text) => {
      const { cookie, id } = await loggedIn();
      await put(id, text);
      const answer = await app.inject({ url: '/', headers: { cookie } });
      expect(answer.statusCode).toBe(200);
      const seen = answer.json() as { user: string; role: string | null; xp: number; cart: unknown };
      if (seen.user !== 'please log in') expect(text).toContain(JSON.stringify(seen.user));
      else expect(seen.role).toBeNull();
      if (seen.role !== null) expect(text).toContain(`"${seen.role}"`);
      expect(Number.isInteger(seen.xp) && Array.isArray(seen.cart)).toBe(true);
      for (const header of [answer.headers['set-cookie'] ?? []].flat()) {
        expect(header).toMatch(
          /^sessionId=[^;]*; (?:Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict|.*1970)/,
        );
      }
      const again = await app.inject({ url: '/', headers: { cookie: cookieOf(answer.headers, cookie) } });
      expect(again.json()).toEqual(seen);
    }),
    { numRuns: 150 },
  );
  expect(lines.join()).not.toContain('SECRET');
  expect(({} as { role?: unknown }).role).toBeUndefined();
});

function cookieOf(headers: Record<string, unknown>, before: string): string {
  const set = headers['set-cookie'];
  return set === undefined ? before : (String(set).split(';')[0] ?? '');
}

test.each<[string, () => unknown]>([
  ['a text of 10 MB', () => JSON.stringify({ ...GOOD, note: 'x'.repeat(10_000_000), cart: undefined })],
  [
    '100,000 keys',
    () =>
      JSON.stringify({
        ...Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])),
        ...GOOD,
      }),
  ],
  ['100,000 items', () => JSON.stringify({ ...GOOD, cart: Array.from({ length: 100_000 }, () => 0) })],
  ['a million levels', () => `{"mine":${'['.repeat(1e6)}${']'.repeat(1e6)},${TEXT.slice(1)}`],
  ['a blob', () => Buffer.from(TEXT)],
  ['a number', () => 42],
])('%s: answered, logged in or not, in bounded time', async (_, row) => {
  const { cookie, id } = await loggedIn();
  await put(id, row());
  const started = performance.now();
  expect((await app.inject({ url: '/', headers: { cookie } })).statusCode).toBe(200);
  expect(performance.now() - started).toBeLessThan(15_000);
});

test.each(['abc', 1e308, -1, Number.MAX_SAFE_INTEGER])('an expiry of %s: no 5xx', async (expires_at) => {
  const { cookie, id } = await loggedIn();
  await db
    .updateTable('session')
    .set({ expires_at: expires_at as number })
    .where('id', '=', id)
    .execute();
  expect((await app.inject({ url: '/', headers: { cookie } })).statusCode).toBe(200);
});

test('a cookie of any text opens nothing and breaks nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary-ascii', maxLength: 200 }),
        fc.constantFrom('%', '%E0%A4%A', '.', '..', 'a.b', '__proto__', 'null', '"', 'x'.repeat(8_000)),
      ),
      async (value) => {
        const cookie = `sessionId=${value.replace(/[\r\n\0]/g, '')}`;
        const answer = await app.inject({ url: '/', headers: { cookie } });
        expect(answer.statusCode).toBe(200);
        expect(answer.json()).toMatchObject({ user: 'please log in', role: null });
      },
    ),
  );
});
