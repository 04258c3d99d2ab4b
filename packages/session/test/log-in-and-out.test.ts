import type { SessionStore, StoreCallback } from '@resilient/session';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createApp, USER } from './fixture/app.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };
const rows = new Map<string, string>();
let isDown = false;
const later = (callback: StoreCallback<never>, work: () => unknown): void => {
  setImmediate(() =>
    isDown ? callback(new Error('connect ECONNREFUSED')) : callback(null, work() as never),
  );
};
const store: SessionStore = {
  get: (id, callback) => later(callback, () => JSON.parse(rows.get(id) ?? 'null')),
  set: (id, session, callback) => later(callback, () => void rows.set(id, JSON.stringify(session))),
  destroy: (id, callback) => later(callback, () => void rows.delete(id)),
};

let app: FastifyInstance;
beforeEach(() => {
  rows.clear();
  isDown = false;
  app = createApp({ store, logger: quiet });
});
afterEach(() => app.close());

type Method = 'GET' | 'POST' | 'HEAD' | 'OPTIONS';
async function send(method: Method, url: string, cookie?: string) {
  const answer = await app.inject({ method, url, headers: cookie === undefined ? {} : { cookie } });
  const set = answer.headers['set-cookie'];
  return { answer, cookie: set === undefined ? cookie : String(set).split(';')[0] };
}
const user = async (cookie: string | undefined) =>
  ((await send('GET', '/', cookie)).answer.json() as { user: string }).user;

test('a log-in gives a new id: who planted the old one is not logged in', async () => {
  const { cookie: planted } = await send('POST', '/note'); // stored, with an id that somebody else knows
  const { cookie } = await send('POST', '/login', planted);
  expect(cookie).not.toBe(planted);
  expect(await user(cookie)).toBe(USER);
  expect(await user(planted)).toBe('please log in');
  expect(rows.size).toBe(1);
});

test('two sessions of one user: one logs out, the other stays', async () => {
  const [one, two] = [(await send('POST', '/login')).cookie, (await send('POST', '/login')).cookie];
  await send('POST', '/cart', one);
  await send('POST', '/logout', one);
  expect(await user(one)).toBe('please log in');
  const { answer } = await send('GET', '/', two);
  expect(answer.json()).toMatchObject({ user: USER, cart: [] });
});

test('40 requests at once on one session: all are answered, and the row is whole', async () => {
  const { cookie } = await send('POST', '/login');
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send(n % 3 === 0 ? 'GET' : 'POST', ['/', '/cart', '/note'][n % 3] ?? '/', cookie),
    ),
  );
  expect(answers.map(({ answer }) => answer.statusCode)).toEqual(Array(40).fill(200));
  expect(rows.size).toBe(1);
  const row = JSON.parse([...rows.values()][0] ?? '') as { cart: string[] };
  expect(row).toMatchObject({ userId: USER, role: 'student', xp: 0 });
  expect(row.cart.every((item) => item === 'book')).toBe(true);
});

test('HEAD, OPTIONS and 404 of an anonymous visitor make neither row nor cookie', async () => {
  for (const [method, url] of [
    ['HEAD', '/'],
    ['OPTIONS', '/'],
    ['GET', '/missing'],
  ] as const) {
    const { answer } = await send(method, url);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
  expect(rows.size).toBe(0);
});

test('a 401 keeps the session that it was answered in', async () => {
  app.post('/guarded', async (request, reply) => {
    request.session.note = 'tried';
    return reply.code(401).send('no');
  });
  const { cookie } = await send('POST', '/login');
  expect((await send('POST', '/guarded', cookie)).answer.statusCode).toBe(401);
  expect(await user(cookie)).toBe(USER);
  expect([...rows.values()].join()).toContain('tried');
});

test('a session whose cookie has expired makes no row, and its own is gone', async () => {
  const { cookie } = await send('POST', '/login');
  const [[id, text] = ['', '']] = rows;
  rows.set(id, JSON.stringify({ ...JSON.parse(text), cookie: { expires: '2020-01-01T00:00:00.000Z' } }));
  expect(await user(cookie)).toBe('please log in');
  await vi.waitFor(() => expect(rows.size).toBe(0));
});

test('a reload that the store does not answer, caught by the handler, writes nothing over the row', async () => {
  app.post('/again', async (request) => {
    isDown = true;
    await request.session.reload().catch(() => {});
    isDown = false;
    return 'went on';
  });
  const { cookie } = await send('POST', '/login');
  const before = new Map(rows);
  const { answer } = await send('POST', '/again', cookie);
  expect([answer.statusCode, answer.body]).toEqual([200, 'went on']);
  expect(rows).toEqual(before);
  expect(await user(cookie)).toBe(USER);
});

test('logged out elsewhere between the look and the write: it stays out', async () => {
  const replace: SessionStore['replace'] = (id, session, callback) =>
    later(callback, () => {
      if (rows.has(id)) rows.set(id, JSON.stringify(session));
    });
  const racing = createApp({ store: { ...store, replace }, logger: quiet });
  racing.post('/late', async (request) => {
    request.session.note = 'late';
    setImmediate(() => rows.clear()); // another process, while this one saves
    return 'ok';
  });
  const { cookie = '' } = await send('POST', '/login');
  const answer = await racing.inject({ method: 'POST', url: '/late', headers: { cookie } });
  expect(answer.statusCode).toBe(200);
  expect(rows.size).toBe(0);
  await racing.close();
});
