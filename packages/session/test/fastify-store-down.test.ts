import type { SessionStore } from '@resilient/session';
import type { HealedSessionOptions } from '@resilient/session/fastify';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { createApp, USER } from './fixture/app.ts';
import { Visitor } from './fixture/visitor.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet };

describe('a store that is down', () => {
  const failing = { reads: false, writes: false };
  const rows = new Map<string, string>();
  const refused = () => new Error('connect ECONNREFUSED postgres://app:hunter2@10.0.0.7');
  const store: SessionStore = {
    get: (id, callback) =>
      queueMicrotask(() =>
        failing.reads ? callback(refused()) : callback(null, JSON.parse(rows.get(id) ?? 'null')),
      ),
    set: (id, session, callback) =>
      queueMicrotask(() => {
        if (failing.writes) callback(refused());
        else {
          rows.set(id, JSON.stringify(session));
          callback();
        }
      }),
    destroy: (id, callback) =>
      queueMicrotask(() => {
        if (failing.writes) callback(refused());
        else {
          rows.delete(id);
          callback();
        }
      }),
  };
  const apps: FastifyInstance[] = [];

  afterEach(async () => {
    Object.assign(failing, { reads: false, writes: false });
    rows.clear();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });
  async function loggedIn(
    options: Partial<HealedSessionOptions>,
    prepare = (_: FastifyInstance): void => {},
  ) {
    const app = createApp({ store, logger: quiet, ...options });
    prepare(app);
    apps.push(app);
    const visitor = new Visitor(await app.listen({ host: '127.0.0.1', port: 0 }));
    await visitor.send('POST', '/login');
    const { cookie } = visitor;
    return { visitor, cookie, before: new Map(rows) };
  }

  test.each([
    ['reads', true, false],
    ['reads and writes', true, true],
    ['writes', false, true],
  ])(
    'fail, %s: 503 with Retry-After, nothing of the driver, no Set-Cookie; then the same cookie is logged in',
    async (_, reads, writes) => {
      const { visitor, cookie, before } = await loggedIn({});
      Object.assign(failing, { reads, writes });
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/note'],
        ['POST', '/cart'],
      ] as const) {
        const answer = await visitor.send(method, path);
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(answer.body).toContain('Please try again in a few seconds.');
        expect(answer.body).not.toMatch(/ECONNREFUSED|hunter2/);
        expect(answer.setCookie).toBeNull();
      }
      expect(rows).toEqual(before);
      Object.assign(failing, { reads: false, writes: false });
      expect(visitor.cookie).toBe(cookie);
      expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({
        user: USER,
        role: 'student',
      });
    },
  );

  test.each([
    ['reads', true, false],
    ['reads and writes', true, true],
    ['writes', false, true],
  ])(
    'anonymous, %s: the page without the user, no Set-Cookie, no row changed; then the same cookie is logged in',
    async (_, reads, writes) => {
      const { visitor, cookie, before } = await loggedIn({ onStoreDown: 'anonymous' });
      Object.assign(failing, { reads, writes });
      for (const [method, path] of [
        ['GET', '/'],
        ['POST', '/note'],
        ['POST', '/cart'],
      ] as const) {
        const answer = await visitor.send(method, path);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject(
          reads ? { user: 'please log in', role: null, xp: 0 } : { user: USER },
        );
        expect(answer.setCookie).toBeNull();
      }
      expect(rows).toEqual(before);
      Object.assign(failing, { reads: false, writes: false });
      expect(visitor.cookie).toBe(cookie);
      const back = await visitor.send('GET', '/');
      expect(JSON.parse(back.body)).toMatchObject({ user: USER, role: 'student' });
      expect(back.setCookie).not.toBeNull();
    },
  );

  test('in both modes a log-in and a log-out that cannot be stored say so', async () => {
    for (const onStoreDown of ['fail', 'anonymous'] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      Object.assign(failing, { reads: true, writes: true });
      for (const path of ['/login', '/logout']) {
        const answer = await visitor.send('POST', path);
        expect(answer.status).toBe(503);
        expect(answer.setCookie).toBeNull();
      }
      Object.assign(failing, { reads: false, writes: false });
      expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({ user: USER });
    }
  });

  test('a first write that fails leaves no cookie behind', async () => {
    for (const [onStoreDown, status] of [
      ['fail', 503],
      ['anonymous', 200],
    ] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      visitor.cookie = undefined;
      failing.writes = true;
      const answer = await visitor.send('POST', '/note');
      expect([answer.status, answer.setCookie]).toEqual([status, null]);
      failing.writes = false;
    }
  });

  test("the application's own error page is used, and has the header", async () => {
    for (const down of [{ reads: true }, { writes: true }]) {
      const { visitor } = await loggedIn({}, (app) => {
        app.setErrorHandler((error, _request, reply) => {
          const { statusCode, code } = error as { statusCode: number; code: string };
          return reply.code(statusCode).type('text/html').send(`<p>${code}</p>`);
        });
      });
      Object.assign(failing, down);
      const answer = await visitor.send('GET', '/');
      expect([answer.status, answer.body]).toEqual([503, '<p>STORE_DOWN</p>']);
      expect(answer.headers.get('retry-after')).toBe('5');
      Object.assign(failing, { reads: false, writes: false });
    }
  });

  test('an identity that was lost while writes fail: not logged in, and no cookie', async () => {
    for (const [onStoreDown, status] of [
      ['fail', 503],
      ['anonymous', 200],
    ] as const) {
      const { visitor } = await loggedIn({ onStoreDown });
      rows.set(visitor.id, JSON.stringify({ userId: 42, role: 'admin', xp: 3 }));
      failing.writes = true;
      const answer = await visitor.send('GET', '/');
      expect([answer.status, answer.setCookie]).toEqual([status, null]);
      expect(answer.body).not.toMatch(/admin/);
      failing.writes = false;
    }
  });
});
