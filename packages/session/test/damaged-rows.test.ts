import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { USER } from './fixture/app.ts';
import { Visitor } from './fixture/visitor.ts';

/** The site runs in a process of its own, on an asynchronous store: a synchronous one hides what ends a process. */
const folder = mkdtempSync(join(tmpdir(), 'resilient-session-'));
const file = join(folder, 'site.db');
const child = spawn(
  process.execPath,
  ['--conditions=@resilient/source', fileURLToPath(new URL('./fixture/server.ts', import.meta.url)), file],
  { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, RESILIENT_LOG_LEVEL: 'info' } },
);
let output = '';
child.stderr.on('data', (chunk) => {
  output += chunk;
});
let base = '';
let database: Database.Database;

beforeAll(async () => {
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    output += `${line}\n`;
  });
  const [port] = (await once(lines, 'line')) as [string];
  base = `http://127.0.0.1:${port}`;
  database = new Database(file);
  database.pragma('busy_timeout = 5000');
});

afterAll(async () => {
  database?.close();
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  rmSync(folder, { recursive: true });
});

const hash = (id: string): string => createHash('sha256').update(id).digest('hex');
const rowOf = (visitor: Visitor): string | undefined =>
  (
    database.prepare('select data from session where id = ?').get(hash(visitor.id)) as
      | { data: string }
      | undefined
  )?.data;
const damage = (visitor: Visitor, data: string): void => {
  const { changes } = database
    .prepare('update session set data = ? where id = ?')
    .run(data, hash(visitor.id));
  expect(changes).toBe(1);
};

async function loggedIn(): Promise<Visitor> {
  const visitor = new Visitor(base);
  expect((await visitor.send('POST', '/login')).status).toBe(200);
  return visitor;
}

const ATTRIBUTES = /^sessionId=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/;

test('damaged xp, cart and cookie: still logged in and sees the defaults, stored once', async () => {
  const visitor = await loggedIn();
  const row = JSON.parse(rowOf(visitor) ?? '');
  damage(visitor, JSON.stringify({ ...row, xp: 'lots', cart: { 0: 'x' }, cookie: 'eaten' }));
  const answer = await visitor.send('GET', '/');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({ user: USER, role: 'student', xp: 0, cart: [] });
  expect(JSON.parse(rowOf(visitor) ?? '')).toMatchObject({ userId: USER, role: 'student', xp: 0, cart: [] });
  expect(answer.setCookie).toMatch(ATTRIBUTES);
});

test('truncated to half: sees the log-in page with a fresh session, and the process lives', async () => {
  const visitor = await loggedIn();
  const row = rowOf(visitor) ?? '';
  damage(visitor, row.slice(0, row.length / 2));
  const before = visitor.id;
  const answer = await visitor.send('GET', '/');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({ user: 'please log in', role: null, xp: 0, cart: [] });
  await visitor.send('POST', '/login');
  expect(visitor.id).not.toBe(before);
  expect(JSON.parse((await visitor.send('GET', '/')).body)).toMatchObject({ user: USER });
});

const good = { userId: USER, role: 'student', xp: 3, cart: ['a'] };
const kept = { user: USER, role: 'student', xp: 3, cart: ['a'] };
const fresh = { user: 'please log in', role: null, xp: 0, cart: [] };

test.each<[string, string, object]>([
  ['null', 'null', fresh],
  ['number', '42', fresh],
  ['string', '"sk-live-SECRET"', fresh],
  ['array', '[{"userId":"x"}]', fresh],
  ['empty', '', fresh],
  ['true', 'true', fresh],
  ['{}', '{}', fresh],
  ['not JSON', '{"userId":"sk-live-SECRET', fresh],
  ['a NUL byte', '\u0000\u0001', fresh],
  ['[object Object]', '[object Object]', fresh],
  ['no cookie', JSON.stringify(good), kept],
  ['__proto__', `{"__proto__":{"userId":"${USER}","role":"admin"},${JSON.stringify(good).slice(1)}`, kept],
  ['__proto__ alone', `{"__proto__":{"userId":"${USER}","role":"admin"}}`, fresh],
  ['__proto__ null', `{"__proto__":null,${JSON.stringify(good).slice(1)}`, kept],
  ['constructor', JSON.stringify({ ...good, constructor: 1, prototype: 2 }), kept],
  ...[
    'save',
    'regenerate',
    'destroy',
    'touch',
    'reload',
    'get',
    'set',
    'options',
    'isModified',
    'isSaved',
  ].map((name): [string, string, object] => [name, JSON.stringify({ ...good, [name]: 1 }), kept]),
  ['sessionId', JSON.stringify({ ...good, sessionId: 'fixed', encryptedSessionId: 'fixed' }), kept],
  ['toString', JSON.stringify({ ...good, toString: 1, hasOwnProperty: 2, valueOf: 3 }), kept],
  ['originalMaxAge', JSON.stringify({ ...good, cookie: { originalMaxAge: 'abc' } }), kept],
  ['a huge originalMaxAge', JSON.stringify({ ...good, cookie: { originalMaxAge: 1e300 } }), kept],
  ['expires', JSON.stringify({ ...good, cookie: { expires: 'not a date' } }), kept],
  ['expires, a number', JSON.stringify({ ...good, cookie: { expires: 1e20 } }), kept],
  ['expires, an object', JSON.stringify({ ...good, cookie: { expires: {} } }), kept],
  ['domain', JSON.stringify({ ...good, cookie: { domain: 'a;b' } }), kept],
  ['path', JSON.stringify({ ...good, cookie: { path: '/\r\nx: y' } }), kept],
  ['sameSite', JSON.stringify({ ...good, cookie: { sameSite: 'nonsense' } }), kept],
  [
    'httpOnly and a foreign domain',
    JSON.stringify({
      ...good,
      cookie: { httpOnly: false, secure: true, domain: 'evil.example', path: '/x' },
    }),
    kept,
  ],
  ['cookie, an array', JSON.stringify({ ...good, cookie: [] }), kept],
  ['identity of another type', JSON.stringify({ ...good, userId: [USER] }), { ...fresh, xp: 3, cart: ['a'] }],
  [
    'identity gone',
    JSON.stringify({ ...good, userId: undefined, role: 'admin' }),
    { ...fresh, xp: 3, cart: ['a'] },
  ],
  ['a role that does not exist', JSON.stringify({ ...good, role: 'root' }), { ...kept, role: null }],
  ...[300, 3_000, 4_000, 5_000, 10_000].map((levels): [string, string, object] => [
    `${levels} levels`,
    `{"cart":${'['.repeat(levels)}${']'.repeat(levels)},"mine":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)},"userId":"${USER}","role":"student","xp":3}`,
    { ...kept, cart: [] },
  ]),
])('row: %s', async (_, text, seen) => {
  const visitor = await loggedIn();
  const { id, cookie } = visitor;
  damage(visitor, text);
  const started = performance.now();
  const answer = await visitor.send('GET', '/');
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual(seen);
  if (answer.setCookie !== null && !answer.setCookie.startsWith('sessionId=;')) {
    expect(answer.setCookie).toMatch(ATTRIBUTES);
  }
  if (text.includes(`"userId":["${USER}"]`)) {
    expect(visitor.id).not.toBe(id);
    expect(JSON.parse((await new Visitor(base, cookie).send('GET', '/')).body)).toEqual(fresh);
  }
});

test('after all of it the process lives, nothing of a row is in its output, and it ends with 0', async () => {
  expect(child.exitCode).toBeNull();
  expect((await new Visitor(base).send('GET', '/ping')).body).toBe('pong');
  expect(output).not.toMatch(/SECRET|uncaught|unhandled/i);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
