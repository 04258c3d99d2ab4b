import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ensureSessionDefaults } from '../heal/ensure-session-defaults.ts';
import { fixCorruptedSession } from '../heal/fix-corrupted-session.ts';
import { defineSession } from '../shape/define-session.ts';
import type { Migration } from '../shape/types.ts';

const USER = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
const OTHER = 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22';

function shapeWith(migrations: Record<number, Migration>, version = 3) {
  return defineSession({
    version,
    keys: {
      userId: { kind: 'identity', schema: z.uuid(), renamedFrom: ['user', 'uid'] },
      role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
      xp: { kind: 'preference', schema: z.number(), default: 0 },
      theme: { kind: 'preference', schema: z.string() },
    },
    migrations,
  });
}

function fixed(session: Record<string, unknown>, migrations: Record<number, Migration>) {
  const shape = shapeWith(migrations);
  const repairs = fixCorruptedSession(session, shape);
  expect(fixCorruptedSession(session, shape)).toEqual([]); // twice changes nothing
  return { session, repairs };
}

const migrated = (from: number) => ({
  key: '',
  kind: 'session',
  action: 'migrated',
  found: `version ${from}`,
});

test('runs the steps in order, from the version that is stored, and stores its own', () => {
  const ran: number[] = [];
  const steps: Record<number, Migration> = {
    2: (s) => {
      ran.push(2);
      return { ...s, xp: Number(s.points) * 2 };
    },
    3: (s) => {
      ran.push(3);
      s.theme = s.look;
      delete s.look;
    },
  };
  expect(fixed({ points: 4, look: 'dark' }, steps)).toEqual({
    session: { points: 4, xp: 8, theme: 'dark', _v: 3 },
    repairs: [migrated(1)],
  });
  expect(fixed({ points: 4, look: 'dark', xp: 1, _v: 2 }, steps)).toEqual({
    session: { points: 4, xp: 1, theme: 'dark', _v: 3 },
    repairs: [migrated(2)],
  });
  expect(ran).toEqual([2, 3, 3]);
});

test.each([undefined, null, 0, -1, 1.5, '2', '3', Number.NaN, {}, [3], true, 1e300])(
  'a version of %o is version 1',
  (_v) => {
    const { session, repairs } = fixed({ xp: 1, _v }, { 2: (s) => ({ ...s, xp: 2 }) });
    expect(repairs).toEqual([migrated(1)]);
    expect(session).toEqual({ xp: 2, _v: 3 });
  },
);

test('an identity changes its name, never its value, and its authority stays with it', () => {
  const renamed = { userId: USER, role: 'admin', xp: 0, _v: 3 };
  expect(fixed({ uid: USER, role: 'admin' }, {}).session).toEqual(renamed);
  expect(
    fixed({ uid: USER, role: 'admin' }, { 2: ({ uid, ...s }) => ({ ...s, userId: uid }) }).session,
  ).toEqual(renamed);
  expect(fixed({ user: USER, role: 'admin', _v: 2 }, {}).session).toEqual(renamed);
  expect(fixed({ userId: USER, role: 'admin' }, { 2: (s) => ({ ...s, userId: OTHER }) }).session).toEqual(
    renamed,
  );
  expect(
    fixed({ uid: USER, role: 'admin' }, { 3: (s) => ({ ...s, uid: OTHER, userId: OTHER }) }).session,
  ).toEqual(renamed);
});

test('the old name of an identity means nothing in a session of this version', () => {
  const { session } = fixed({ uid: USER, role: 'admin', _v: 3 }, {});
  expect(session).toEqual({ uid: USER, xp: 0, _v: 3 });
});

test('an identity that a migration makes up is not taken', () => {
  const { session } = fixed({ guess: OTHER, role: 'admin' }, { 2: (s) => ({ ...s, userId: s.guess }) });
  expect(session).toEqual({ guess: OTHER, xp: 0, _v: 3 });
});

test('a migration may drop an identity: the user logs in again', () => {
  const { session } = fixed(
    { userId: USER, role: 'admin', theme: 'dark' },
    { 2: ({ theme }) => ({ theme }) },
  );
  expect(session).toEqual({ theme: 'dark', xp: 0, _v: 3 });
});

test.each([
  ['made up', { userId: USER }, (s: Record<string, unknown>) => ({ ...s, role: 'admin' })],
  [
    'moved',
    { userId: USER, rank: 'admin' },
    ({ rank, ...s }: Record<string, unknown>) => ({ ...s, role: rank }),
  ],
  ['raised', { userId: USER, role: 'student' }, (s: Record<string, unknown>) => ({ ...s, role: 'admin' })],
  ['dropped', { userId: USER, role: 'student' }, ({ role: _, ...s }: Record<string, unknown>) => s],
])('authority that is %s by a migration counts as missing', (_, session, step) => {
  expect(fixed({ ...session }, { 2: step }).session).toEqual({ userId: USER, xp: 0, _v: 3 });
});

test('authority that a migration leaves alone stays, and is nothing without its identity', () => {
  const touch: Migration = (s) => ({ ...s, theme: 'dark' });
  expect(fixed({ userId: USER, role: 'admin' }, { 2: touch }).session).toMatchObject({ role: 'admin' });
  expect(fixed({ role: 'admin' }, { 2: touch }).session).toEqual({ theme: 'dark', xp: 0, _v: 3 });
});

test.each([
  [
    'throws',
    () => {
      throw new Error('SECRET');
    },
  ],
  ['answers null', () => null as never],
  ['answers a list', () => [] as never],
  ['answers a text', () => 'x' as never],
  ['answers a promise', () => Promise.reject(new Error('later')) as never],
  ['answers a Map', () => new Map() as never],
  ['answers what JSON cannot hold', () => ({ f: () => 1 })],
  ['answers a cycle', (s: Record<string, unknown>) => ({ ...s, s: Object.assign(s, { s }) })],
])('one that %s leaves the session as it was, all of it', async (_, broken) => {
  const heard: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => heard.push(event));
  const session = { uid: USER, xp: 3, theme: 'dark', mine: { deep: [1] } };
  const repairs = fixCorruptedSession(
    session,
    shapeWith({
      2: (s) => {
        (s.mine as { deep: number[] }).deep.push(2);
        return { ...s, xp: 'changed' };
      },
      3: broken as Migration,
    }),
  );
  stop();
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run
  expect(session).toEqual({ uid: USER, xp: 3, theme: 'dark', mine: { deep: [1] } });
  expect(repairs).toEqual([]);
  expect(heard).toMatchObject([{ kind: 'warning', code: 'SESSION_MIGRATION' }]);
  expect(JSON.stringify(heard)).not.toContain('SECRET');
});

test('what belongs to the host is neither shown to a migration nor changed by it', () => {
  let seen: object = {};
  const cookie = { path: '/' };
  const session = { cookie, xp: 1, _s: ['seal'], mine: 1 };
  fixCorruptedSession(
    session,
    shapeWith({
      2: (s) => {
        seen = { ...s };
        const forged = JSON.parse(
          '{"__proto__":{"admin":true},"constructor":1,"save":1,"cookie":1,"_v":9,"_s":1}',
        );
        return { ...s, ...forged, ['__proto__']: 1 };
      },
    }),
  );
  expect(seen).toEqual({ xp: 1, mine: 1 });
  expect(session).toEqual({ cookie, xp: 1, _s: ['seal'], mine: 1, _v: 3 });
  expect(session.cookie).toBe(cookie);
  expect(Object.getPrototypeOf(session)).toBe(Object.prototype);
});

test('what cannot be copied is left where it is, the same object', () => {
  const live = new Map();
  const session = { live, xp: 'wrong' };
  fixCorruptedSession(session, shapeWith({ 2: (s) => ({ ...s, theme: 'dark' }) }));
  expect(session).toEqual({ live, xp: 0, theme: 'dark', _v: 3 });
});

test('a fresh session has the version at once and runs no migration', () => {
  const shape = shapeWith({
    2: () => {
      throw new Error('never');
    },
  });
  const [fresh, filled] = [{ cookie: {} }, {}];
  expect(fixCorruptedSession(fresh, shape)).toMatchObject([{ key: 'xp', action: 'defaulted' }]);
  ensureSessionDefaults(filled, shape);
  expect([fresh, filled]).toEqual([
    { cookie: {}, xp: 0, _v: 3 },
    { xp: 0, _v: 3 },
  ]);
  expect(shape.heal('damaged').data).toEqual({ xp: 0, _v: 3 });
});

test('raw values are migrated as well, within the bounds', () => {
  const shape = shapeWith({ 2: (s) => ({ ...s, xp: 7 }) });
  expect(shape.heal({ uid: USER, role: 'admin', any: 'x'.repeat(100_000) })).toMatchObject({
    data: { userId: USER, role: 'admin', xp: 7, _v: 3 },
    repairs: [{ key: 'any', action: 'removed' }, { action: 'migrated' }],
  });
});

test('a shape of version 1 writes no version', () => {
  const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
  expect(shape.heal({ _v: 'junk' }).data).toEqual({ xp: 0, _v: 'junk' });
  expect(shape.heal({}).data).toEqual({ xp: 0 });
});
