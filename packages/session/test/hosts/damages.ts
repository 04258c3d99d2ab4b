import { SECRET } from './text-store.ts';

/** What a user sees of a session. */
export interface Seen {
  readonly user: string | null;
  readonly role: string | null;
  readonly xp: number;
  readonly cart: readonly string[];
}

/** A way in which a stored session may be damaged. */
export interface Damage {
  readonly name: string;
  /** What stands in the store instead of the row of a user who is logged in. */
  text(user: string, row: Record<string, unknown>): string;
  /** `kept`: logged in, all as it was; `fresh`: a new session; or what differs from `kept`. */
  readonly sees: 'kept' | 'fresh' | Partial<Seen>;
  /** The text is no JSON: a cookie that was sealed never holds it. */
  readonly isText?: boolean;
  /** Larger than a cookie. */
  readonly isLarge?: boolean;
}

const with_ = (name: string, changes: Record<string, unknown>, sees: Damage['sees'] = 'kept'): Damage => ({
  name,
  text: (_user, row) => JSON.stringify({ ...row, ...changes }),
  sees,
});

const cookie = (name: string, changes: Record<string, unknown>): Damage => ({
  name: `cookie: ${name}`,
  text: (_user, row) =>
    JSON.stringify({ ...row, cookie: { ...(row.cookie as object | undefined), ...changes } }),
  sees: 'kept',
});

const text = (name: string, value: string, isText = false): Damage => ({
  name,
  text: () => value,
  sees: 'fresh',
  ...(isText && { isText }),
});

/** Methods of the hosts' sessions, and of every object. */
const METHODS = [
  'save',
  'regenerate',
  'destroy',
  'touch',
  'reload',
  'resetMaxAge',
  'get',
  'set',
  'options',
  'isModified',
  'isSaved',
  'commit',
  'manuallyCommit',
  'toJSON',
  'updateConfig',
  'delete',
  'data',
  'update',
  'isNew',
  'isChanged',
  'populated',
  'length',
  'externalKey',
  'toString',
  'hasOwnProperty',
  'valueOf',
];

const nested = (levels: number): Damage => ({
  name: `${levels} levels`,
  text: (user, { cookie }) =>
    `{"cookie":${JSON.stringify(cookie ?? {})},"cart":${'['.repeat(levels)}${']'.repeat(levels)},"mine":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)},"userId":"${user}","role":"student","xp":3}`,
  sees: { cart: [] },
  isLarge: levels > 300,
});

/** The forms that the issue lists, and more. */
export const DAMAGES: readonly Damage[] = [
  {
    name: 'truncated',
    text: (_user, row) => JSON.stringify({ ...row, note: SECRET }).slice(0, -10),
    sees: 'fresh',
    isText: true,
  },
  text('null', 'null'),
  text('a number', '42'),
  text('a string', `"${SECRET}"`),
  text('an array', `[{"userId":"${SECRET}"}]`),
  text('true', 'true'),
  text('{}', '{}'),
  text('nothing', '', true),
  text('a NUL byte', '\u0000\u0001', true),
  text('[object Object]', '[object Object]', true),
  { name: 'no cookie', text: (_user, { cookie: _, ...row }) => JSON.stringify(row), sees: 'kept' },
  with_('cookie, a string', { cookie: SECRET }),
  with_('cookie, an array', { cookie: [] }),
  with_('cookie, null', { cookie: null }),
  {
    name: '__proto__',
    text: (user, row) =>
      `{"__proto__":{"userId":"${user}","role":"admin","isAdmin":true},${JSON.stringify(row).slice(1)}`,
    sees: 'kept',
  },
  {
    name: '__proto__ alone',
    text: (user) => `{"__proto__":{"userId":"${user}","role":"admin"}}`,
    sees: 'fresh',
  },
  with_('constructor and prototype', { constructor: 1, prototype: { role: 'admin' } }),
  ...METHODS.map((name) => with_(`key ${name}`, { [name]: 1 })),
  with_('sessionId', { sessionId: 'fixed', encryptedSessionId: 'fixed', id: 'fixed', req: {} }),
  with_('maxAge and notes of koa', { maxAge: 'abc', _maxAge: 'abc', _expire: 'abc', _requireSave: true }),
  cookie('originalMaxAge', { originalMaxAge: 'abc' }),
  cookie('a huge originalMaxAge', { originalMaxAge: 1e300 }),
  cookie('maxAge', { maxAge: 'abc' }),
  cookie('expires', { expires: 'not a date' }),
  cookie('expires, a number', { expires: 1e20 }),
  cookie('expires, an object', { expires: {} }),
  cookie('domain', { domain: 'a;b' }),
  cookie('path', { path: '/\r\nx: y' }),
  cookie('sameSite', { sameSite: 'nonsense' }),
  cookie('priority and partitioned', { priority: 'nonsense', partitioned: true }),
  cookie('httpOnly false and a foreign domain', {
    httpOnly: false,
    secure: true,
    domain: 'evil.example',
    path: '/x',
    sameSite: 'none',
  }),
  with_('preferences', { xp: SECRET, cart: { 0: SECRET } }, { xp: 0, cart: [] }),
  with_('identity of another type', { userId: [SECRET] }, { user: null, role: null }),
  with_('identity that is no UUID', { userId: SECRET }, { user: null, role: null }),
  with_('identity gone', { userId: undefined, role: 'admin' }, { user: null, role: null }),
  with_('a role that does not exist', { role: 'root' }, { role: null }),
  with_('a forged version', { _v: '9' }),
  nested(300),
  nested(3_000),
  nested(10_000),
];
