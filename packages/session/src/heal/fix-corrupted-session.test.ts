import { expect, test } from 'vitest';
import { z } from 'zod';
import { showDefaults } from '../defaults/pending-defaults.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { fixCorruptedSession } from './fix-corrupted-session.ts';

const USER = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.uuid() },
    tenantId: { kind: 'identity', schema: z.string().optional() },
    role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
    plan: { kind: 'authority', schema: z.enum(['free', 'paid']), leastPrivilege: 'free' },
    xp: { kind: 'preference', schema: z.number().int().min(0), default: 0 },
    cart: { kind: 'preference', schema: z.array(z.string()), default: [] },
    theme: { kind: 'preference', schema: z.enum(['light', 'dark']) },
  },
});
const healthy = () => ({
  userId: USER,
  tenantId: 't1',
  role: 'admin',
  plan: 'paid',
  xp: 3,
  cart: ['a'],
  theme: 'dark',
});

function fixed(session: object) {
  const repairs = fixCorruptedSession(session, shape);
  expect(fixCorruptedSession(session, shape)).toEqual([]); // twice changes nothing
  return { session, repairs };
}

test('leaves a healthy session as it is, same values', () => {
  const session = { ...healthy(), cookie: { path: '/' }, csrf: 't', passport: { user: 1 }, flash: [] };
  const before = { ...session };
  expect(fixed(session).repairs).toEqual([]);
  expect(session).toEqual(before);
  expect(session.cart).toBe(before.cart);
});

test('replaces a wrong preference by its default, removes one that has none', () => {
  expect(fixed({ ...healthy(), xp: 'lots', cart: null, theme: 7 })).toEqual({
    session: { userId: USER, tenantId: 't1', role: 'admin', plan: 'paid', xp: 0, cart: [] },
    repairs: [
      { key: 'xp', kind: 'preference', action: 'replaced', found: 'string' },
      { key: 'cart', kind: 'preference', action: 'replaced', found: 'null' },
      { key: 'theme', kind: 'preference', action: 'removed', found: 'number' },
    ],
  });
});

test.each(['false', null, '', '3', Number.NaN, -1, 1.5, [], [3], {}])(
  'does not coerce %o to a number',
  (xp) => {
    expect(fixed({ ...healthy(), xp }).session).toMatchObject({ xp: 0 });
  },
);

test('a wrong identity is removed with all identity and all authority; other keys are kept', () => {
  expect(fixed({ ...healthy(), userId: 42 })).toEqual({
    session: { plan: 'free', xp: 3, cart: ['a'], theme: 'dark' },
    repairs: [
      { key: 'userId', kind: 'identity', action: 'removed', found: 'number' },
      { key: 'tenantId', kind: 'identity', action: 'removed', found: 'withdrawn' },
      { key: 'role', kind: 'authority', action: 'removed', found: 'withdrawn' },
      { key: 'plan', kind: 'authority', action: 'replaced', found: 'withdrawn' },
    ],
  });
});

test.each(['userId', 'tenantId'] as const)('a row that lost %s but kept its role opens nothing', (key) => {
  const session = { ...healthy(), [key]: undefined };
  fixed(session);
  expect(session.role).toBeUndefined();
  expect(session.plan).toBe('free');
  expect(session[key]).toBeUndefined();
});

test('wrong or missing authority is removed, or becomes the least, never more', () => {
  expect(fixed({ ...healthy(), role: 'root', plan: 'root' }).session).toEqual({
    ...healthy(),
    role: undefined,
    plan: 'free',
  });
  const without: Record<string, unknown> = healthy();
  delete without.role;
  delete without.plan;
  expect(fixed(without).session).toMatchObject({ plan: 'free' });
  expect(without.role).toBeUndefined();
});

test('an anonymous session that holds the least already is not touched', () => {
  const session = { plan: 'free', xp: 1, cart: [] };
  expect(fixed(session).repairs).toEqual([]);
});

test('the output of a schema is never stored', () => {
  const sly = defineSession({
    keys: {
      a: { kind: 'preference', schema: z.coerce.number(), default: 7 },
      b: { kind: 'preference', schema: z.string().trim(), default: 'b' },
      c: { kind: 'preference', schema: z.object({ n: z.number() }), default: { n: 1 } },
      d: { kind: 'preference', schema: z.enum(['x']).catch('x') },
    },
  });
  const session: object = { a: '12', b: ' b ', c: { n: 2, extra: true }, d: 'y' };
  fixCorruptedSession(session, sly);
  expect(session).toEqual({ a: 7, b: 'b', c: { n: 1 } });
});

test('the order of keys does not make an object wrong', () => {
  const ordered = defineSession({
    keys: { p: { kind: 'preference', schema: z.object({ a: z.number(), b: z.number() }) } },
  });
  const session = { p: { b: 1, a: 2 } };
  expect(fixCorruptedSession(session, ordered)).toEqual([]);
});

test('a schema that throws or answers with a promise counts as invalid, and its rejection is caught', async () => {
  let mode: 'ok' | 'throw' | 'reject' = 'ok';
  const validate = (value: unknown) => {
    if (mode === 'throw') throw new Error('broken');
    return mode === 'reject' ? Promise.reject(new Error('later')) : { value };
  };
  const moody = defineSession({
    keys: { a: { kind: 'identity', schema: { '~standard': { version: 1, vendor: 'x', validate } } } },
  });
  for (const next of ['throw', 'reject'] as const) {
    mode = next;
    const session: object = { a: 'me' };
    expect(fixCorruptedSession(session, moody)).toHaveLength(1);
    expect(session).toEqual({});
  }
  const throwing = defineSession({
    keys: {
      a: {
        kind: 'preference',
        schema: z.string().transform((v) => (v === 'bad' ? (v as never as { a: { b: string } }).a.b : v)),
        default: '',
      },
    },
  } as never);
  const session: object = { a: 'bad' };
  fixCorruptedSession(session, throwing);
  expect(session).toEqual({ a: '' });
  await new Promise((resolve) => setImmediate(resolve));
});

test('a schema cannot change a stored identity in place', () => {
  const schema = z.any().transform((value) => {
    if (value?.id !== undefined) value.id = 'root';
    return value;
  });
  const objects = defineSession({ keys: { user: { kind: 'identity', schema } } });
  const session = { user: { id: 'me' } };
  expect(fixCorruptedSession(session, objects)).toHaveLength(1);
  expect(session.user).toBeUndefined();
});

test('two sessions never share a default', () => {
  const shared: string[] = [];
  const sharing = defineSession({
    keys: {
      list: { kind: 'preference', schema: z.array(z.string()), default: shared },
      made: { kind: 'preference', schema: z.array(z.string()), default: () => shared },
      deep: { kind: 'preference', schema: z.object({ l: z.array(z.string()) }), default: { l: [] } },
    },
  });
  const [a, b]: Record<string, never>[] = [{}, {}];
  fixCorruptedSession(a, sharing);
  fixCorruptedSession(b, sharing);
  for (const key of ['list', 'made', 'deep']) expect(a?.[key]).not.toBe(b?.[key]);
  expect((a as unknown as { deep: { l: object } }).deep.l).not.toBe(
    (b as unknown as { deep: { l: object } }).deep.l,
  );
});

test('a default function that fails leaves the key absent', () => {
  let calls = 0;
  const failing = defineSession({
    keys: {
      n: {
        kind: 'preference',
        schema: z.number(),
        default: () => {
          calls += 1;
          if (calls > 1) throw new Error('no');
          return 1;
        },
      },
    },
  });
  const session: object = { n: 'x' };
  expect(fixCorruptedSession(session, failing)).toEqual([
    { key: 'n', kind: 'preference', action: 'removed', found: 'string' },
  ]);
  expect(session).toEqual({});
});

test('removes names that change what the object is, and those that stand before a method of the host', () => {
  class HostSession {
    save(): string {
      return 'saved';
    }
  }
  const session = new HostSession();
  Object.defineProperty(session, '__proto__', {
    value: { admin: 1 },
    enumerable: true,
    configurable: true,
    writable: true,
  });
  Object.assign(session, { save: 1, prototype: 2, toString: 3, own: () => 4, options: 'mine' });
  Object.defineProperty(session, 'constructor', {
    value: 5,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  const { repairs } = fixed(session);
  expect(session.save()).toBe('saved');
  expect(Object.keys(session)).toEqual(['own', 'options', 'plan', 'xp', 'cart']);
  expect(repairs.filter(({ kind }) => kind === 'unknown').map(({ key }) => key)).toEqual([
    '__proto__',
    'save',
    'prototype',
    'toString',
    'constructor',
  ]);
  expect(Object.getPrototypeOf(session)).toBe(HostSession.prototype);
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});

test('what is inherited does not count as stored', () => {
  const session = Object.create({ userId: USER, tenantId: 't', role: 'admin', xp: 9 }) as Record<
    string,
    unknown
  >;
  fixCorruptedSession(session, shape);
  expect(Object.keys(session)).toEqual(['plan', 'xp', 'cart']);
});

test('a getter under a known key that throws, or answers what is wrong, is taken out', () => {
  for (const get of [
    () => 7,
    () => undefined,
    (): never => {
      throw new Error('no');
    },
  ]) {
    const session: Record<string, unknown> = healthy();
    Object.defineProperty(session, 'userId', { get, enumerable: true, configurable: true });
    fixed(session);
    expect('userId' in session).toBe(false);
    expect(session.role).toBeUndefined();
  }
});

test('no session is nothing to heal; other values are refused, and so is an object that cannot be changed', () => {
  expect(fixCorruptedSession(undefined, shape)).toEqual([]);
  expect(fixCorruptedSession(null, shape)).toEqual([]);
  for (const value of ['text', 1, [], () => 1]) {
    expect(() => fixCorruptedSession(value as object, shape)).toThrow('expected `session` to be an object');
  }
  expect(() => fixCorruptedSession(Object.freeze({ ...healthy(), userId: 1 }), shape)).toThrow(
    'whose `userId` is fixed',
  );
  expect(() => fixCorruptedSession({}, {} as never)).toThrow('expected `shape` to be made by defineSession');
});

test('a default that was deleted and assigned anew is a value like any other: no authority without identity', () => {
  const guarded = defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      role: { kind: 'authority', schema: z.enum(['guest', 'admin']), leastPrivilege: 'guest' },
    },
  });
  const session: Record<string, unknown> = {};
  showDefaults(session, rulesOf(guarded).authority);
  delete session.role;
  session.role = 'admin';
  fixCorruptedSession(session, guarded);
  expect(session).toEqual({ role: 'guest' });
});
