import { expect, test } from 'vitest';
import { z } from 'zod';
import { healLoaded } from '../heal/heal-loaded.ts';
import { rowOf } from '../save/row-of.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import type { SealOptions } from './seal-options.ts';

const OLD = 'an old secret of more than thirty-two bytes';
const NEW = 'a new secret of more than thirty-two bytes!';
const USER = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

const shapeWith = (seal: SealOptions, version = 1, more: object = {}) =>
  defineSession({
    version,
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
      plan: { kind: 'authority', schema: z.object({ a: z.number(), b: z.number() }) },
      xp: { kind: 'preference', schema: z.number(), default: 0 },
      ...(more as object),
    },
    seal,
  });
const shape = shapeWith({ secrets: [NEW, OLD] });

type Row = Record<string, unknown>;
const good = (): Row => ({ cookie: {}, userId: USER, role: 'student', xp: 5, csrf: 't' });
const sealed = (session: object, id = 'sid', by = shape): Row =>
  JSON.parse(JSON.stringify(rowOf(session, rulesOf(by), id))) as Row;
function load(row: object, id = 'sid', by = shape) {
  const session = structuredClone(row) as Row;
  const found = healLoaded(session, by, { id });
  expect(healLoaded(session, by, { id }).repairs).toEqual([]); // twice changes nothing
  return { session, ...found };
}
const stripped = { cookie: {}, xp: 5, csrf: 't' };

test('a session is sealed in what the store is given, not in itself', () => {
  const session = good();
  const row = sealed(session);
  expect(session).toEqual(good());
  expect(row).toEqual({ ...good(), _s: [expect.stringMatching(/^[\w-]{43}$/), 'plan', 'role', 'userId'] });
});

test('a right seal changes nothing', () => {
  const { session, repairs, lostIdentity } = load(sealed(good()));
  expect(session).toEqual(sealed(good()));
  expect([repairs, lostIdentity]).toEqual([[], false]);
});

test.each([
  ['another valid identity', { userId: USER.replace('a0', 'a1') }],
  ['another valid role', { role: 'admin' }],
  ['a role that was not there', { plan: { a: 1, b: 2 } }],
  ['another version', { _v: 2 }],
  ['a seal that is none', { _s: 'none' }],
  ['a seal of other types', { _s: [1, 2] }],
  ['an empty seal', { _s: [] }],
  ['a seal over nothing', { _s: [''] }],
  ['a null seal', { _s: null }],
])('%s: identity and authority go, preferences stay, and the session needs a new id', (_, change) => {
  const { session, repairs, lostIdentity } = load({ ...sealed(good()), ...change });
  expect(session).toEqual('_v' in change ? { ...stripped, _v: 2 } : stripped);
  expect(repairs).toContainEqual({ key: 'userId', kind: 'identity', action: 'removed', found: 'wrong seal' });
  expect(lostIdentity).toBe(true);
});

test('a role that was taken out breaks the seal, as one that was put in does', () => {
  const { role: _, ...row } = sealed(good());
  expect(load(row).session).toEqual(stripped);
});

test('preferences, unknown keys and the cookie are not sealed', () => {
  const row = { ...sealed(good()), xp: 9, csrf: 'u', cookie: { path: '/' } };
  expect(load(row).session).toEqual(row);
});

test('a seal belongs to one session', () => {
  expect(load(sealed(good(), 'sid'), 'other').session).toEqual(stripped);
});

test('the order of keys does not matter: jsonb changes it', () => {
  const row = sealed({ ...good(), plan: { a: 1, b: 2 } });
  expect(load({ ...row, plan: { b: 2, a: 1 } }).repairs).toEqual([]);
});

test('the newest secret seals, older ones open, others do not', () => {
  const before = sealed(good(), 'sid', shapeWith({ secrets: [OLD] }));
  expect(load(before).repairs).toEqual([]);
  expect(load(sealed(good()), 'sid', shapeWith({ secrets: [OLD] })).session).toEqual(stripped);
  expect(load(sealed(good()), 'sid', shapeWith({ secrets: ['x'.repeat(32), NEW] })).repairs).toEqual([]);
});

test('without a seal, identity and authority go, unless the shape accepts that', () => {
  const { session, repairs } = load(good());
  expect(session).toEqual(stripped);
  expect(repairs.map(({ found }) => found)).toEqual(['unsealed', 'unsealed']);
  const lenient = shapeWith({ secrets: [NEW], accept: 'unsealed' });
  expect(load(good(), 'sid', lenient).session).toEqual(good());
  expect(load({ ...sealed(good()), role: 'admin' }, 'sid', lenient).session).toEqual(stripped); // a wrong one never
  const anonymous = { cookie: {}, xp: 1 };
  expect(load(anonymous)).toEqual({
    session: anonymous,
    repairs: [],
    lostIdentity: false,
    needsRestore: false,
  });
});

test('what a handler changes after loading is sealed with the next save', () => {
  const { session } = load(sealed(good()));
  session.role = 'admin';
  expect(healLoaded(session, shape, { id: 'sid' }).repairs).toEqual([]); // healed once more in the same request
  expect(load(sealed(session)).session).toMatchObject({ role: 'admin' });
});

test('two releases with different keys read each other: what one sealed stays sealed', () => {
  const wider = shapeWith({ secrets: [NEW] }, 2, {
    badge: { kind: 'authority', schema: z.enum(['silver', 'gold']) },
  });
  const byWider = sealed({ ...good(), _v: 2, badge: 'gold' }, 'sid', wider);
  const older = load(byWider);
  expect(older.repairs).toEqual([]);
  older.session.xp = 6;
  const byOlder = sealed(older.session);
  expect(load(byOlder, 'sid', wider).session).toMatchObject({ userId: USER, badge: 'gold', xp: 6 });
  expect(load({ ...byOlder, badge: 'silver' }, 'sid', wider).session).not.toHaveProperty('userId');
  // A key that became authority only now was sealed by nobody: it goes alone.
  const { session, repairs } = load({ ...sealed(good()), badge: 'gold' }, 'sid', wider);
  expect(session).toMatchObject({ userId: USER, role: 'student' });
  expect(repairs[0]).toEqual({ key: 'badge', kind: 'authority', action: 'removed', found: 'unsealed' });
});

test('an identity under an older name is sealed under that name, and its migration keeps it', () => {
  const v1 = defineSession({
    keys: { uid: { kind: 'identity', schema: z.uuid() } },
    seal: { secrets: [NEW] },
  });
  const v2 = defineSession({
    version: 2,
    keys: { userId: { kind: 'identity', schema: z.uuid(), renamedFrom: 'uid' } },
    seal: { secrets: [NEW] },
  });
  const row = JSON.parse(JSON.stringify(rowOf({ uid: USER }, rulesOf(v1), 'sid')));
  const session = structuredClone(row);
  healLoaded(session, v2, { id: 'sid' });
  expect(session).toMatchObject({ userId: USER, _v: 2 });
  const forged = { uid: USER };
  expect(healLoaded(forged, v2, { id: 'sid' })).toMatchObject({ lostIdentity: true });
  expect(forged).toEqual({ _v: 2 });
});

test('a session whose identity cannot be written as JSON is stored without a seal, and nothing throws', () => {
  const session: Row = { ...good(), role: 1n };
  const row = rowOf(session, rulesOf(shape), 'sid') as Row;
  expect(row._s).toBeUndefined();
});
