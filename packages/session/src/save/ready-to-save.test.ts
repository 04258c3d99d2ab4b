import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { showNew } from '../defaults/pending-defaults.ts';
import { ensureSessionDefaults } from '../heal/ensure-session-defaults.ts';
import { fixCorruptedSession } from '../heal/fix-corrupted-session.ts';
import { healLoaded } from '../heal/heal-loaded.ts';
import { restoreAuthority } from '../restore/restore-authority.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { readyToSave } from './ready-to-save.ts';
import { rowOf } from './row-of.ts';

const shape = defineSession({
  version: 2,
  keys: {
    userId: { kind: 'identity', schema: z.string().regex(/^u/) },
    role: { kind: 'authority', schema: z.enum(['student', 'teacher']) },
    theme: { kind: 'preference', schema: z.enum(['light', 'dark']), default: 'light' },
    cart: { kind: 'preference', schema: z.array(z.string()), default: () => [] },
    xp: { kind: 'preference', schema: z.number(), default: 0 },
    note: { kind: 'preference', schema: z.string() },
  },
});
const rules = rulesOf(shape);

/** What a release of version 3 has stored: values that this one does not understand. */
const newer = () => ({
  cookie: {},
  _v: 3,
  userId: 'u1',
  role: 'mentor',
  theme: 'solar',
  cart: { items: [] as unknown[] },
  note: 7,
  badge: 'gold',
});
type Session = Record<string, unknown>;
const loaded = (row: object): Session => structuredClone(row) as Session;
const stored = (session: object): unknown => JSON.parse(JSON.stringify(rowOf(session, rules, 'sid')));

test('a newer session is shown as healed, and put back as it was', () => {
  const session = loaded(newer());
  expect(fixCorruptedSession(session, shape)).toEqual([
    { key: 'role', kind: 'authority', action: 'removed', found: 'string' },
    { key: 'theme', kind: 'preference', action: 'replaced', found: 'string' },
    { key: 'cart', kind: 'preference', action: 'replaced', found: 'object' },
    { key: 'xp', kind: 'preference', action: 'defaulted', found: 'missing' },
    { key: 'note', kind: 'preference', action: 'removed', found: 'number' },
  ]);
  const { userId, role, theme, cart, xp, note } = session;
  expect({ userId, role, theme, cart, xp, note }).toEqual({ userId: 'u1', theme: 'light', cart: [], xp: 0 });
  expect(session.cart).toBe(cart); // the same for the whole request
  expect(fixCorruptedSession(session, shape)).toEqual([]);
  readyToSave(session);
  expect(JSON.stringify(session)).toBe(JSON.stringify(newer())); // a host that compares sees no change
  expect(Object.keys(session)).not.toContain('xp');
  expect(stored(session)).toEqual(newer());
});

test('the store is given the row as it was, whether or not it was put back', () => {
  const session = loaded(newer());
  fixCorruptedSession(session, shape);
  expect(stored(session)).toEqual(newer());
  expect(session.theme).toBe('light'); // still healed for the handler
});

test('what the handler assigned is kept, the same value and nothing as well', () => {
  const session = loaded(newer());
  fixCorruptedSession(session, shape);
  session.theme = 'light';
  session.role = 'teacher';
  delete session.note;
  (session.cart as string[]).push('pen');
  session.flash = 'hi';
  const { note: _, ...rest } = newer();
  const expected = { ...rest, theme: 'light', role: 'teacher', cart: ['pen'], flash: 'hi' };
  expect(stored(session)).toEqual(expected);
  readyToSave(session);
  expect(JSON.parse(JSON.stringify(session))).toEqual(expected);
  expect(stored(session)).toEqual(expected);
});

test('a session that is used after it was saved shows the healed values again', () => {
  const session = loaded(newer());
  fixCorruptedSession(session, shape);
  session.role = 'teacher';
  const showAgain = readyToSave(session);
  expect(session.theme).toBe('solar');
  session.note = 'mine now';
  showAgain();
  expect([session.theme, session.role, session.note]).toEqual(['light', 'teacher', 'mine now']);
  expect(stored(session)).toEqual({ ...newer(), role: 'teacher', note: 'mine now' });
});

test('an identity that only a newer release understands opens nothing here and is not lost', () => {
  const row = { ...newer(), userId: { id: 1 }, role: 'teacher' };
  const session = loaded(row);
  const { repairs, lostIdentity } = healLoaded(session, shape, { id: 'sid' });
  expect(repairs).toContainEqual({ key: 'userId', kind: 'identity', action: 'removed', found: 'object' });
  expect(lostIdentity).toBe(false); // no new id: nothing was taken away
  expect([session.userId, session.role]).toEqual([undefined, undefined]);
  expect(healLoaded(session, shape, { id: 'sid' }).repairs).toEqual([]);
  readyToSave(session);
  expect(JSON.stringify(session)).toBe(JSON.stringify(row));
});

test('defaults alone store nothing in a newer session either', () => {
  const session = loaded({ cookie: {}, _v: 3 });
  expect(ensureSessionDefaults(session, shape)).toHaveLength(3);
  expect(session.theme).toBe('light');
  expect(stored(session)).toEqual({ cookie: {}, _v: 3 });
});

test('raw values of a newer release can be put back as well', () => {
  const { data } = shape.heal(newer());
  expect(data.theme).toBe('light');
  readyToSave(data);
  expect(data).toEqual(newer());
});

test('a forged version grants nothing, and what would break the host is removed all the same', () => {
  const session = JSON.parse('{"_v":99,"role":"teacher","__proto__":{"admin":1},"constructor":1}');
  fixCorruptedSession(session, shape);
  expect([session.role, session.admin, session.constructor]).toEqual([undefined, undefined, Object]);
});

test('of a newer session authority is asked for where nothing is stored, and shown only', async () => {
  const asked: string[] = [];
  const restoring = defineSession({
    version: 2,
    keys: {
      userId: { kind: 'identity', schema: z.string() },
      role: {
        kind: 'authority',
        schema: z.enum(['student', 'teacher']),
        restore: () => {
          asked.push('role');
          return 'teacher';
        },
      },
      plan: {
        kind: 'authority',
        schema: z.enum(['free', 'paid']),
        restore: () => {
          asked.push('plan');
          return 'paid';
        },
      },
    },
  });
  const row = { _v: 3, userId: 'u1', role: 'mentor' };
  const session = loaded(row);
  expect(healLoaded(session, restoring, { id: 'sid' }).needsRestore).toBe(true);
  expect(await restoreAuthority(session, restoring)).toMatchObject([{ key: 'plan', action: 'restored' }]);
  expect(asked).toEqual(['plan']); // the newer release knows the role: it is not gone
  expect([session.role, session.plan]).toEqual([undefined, 'paid']);
  expect(healLoaded(session, restoring, { id: 'sid' }).needsRestore).toBe(false);
  readyToSave(session);
  expect(JSON.stringify(session)).toBe(JSON.stringify(row));
});

test('a new session is stored with its defaults and its version, and the session itself stays as it is', () => {
  const session: Session = { cookie: {} };
  showNew(session, rules);
  expect(session.theme).toBe('light');
  readyToSave(session);
  expect(JSON.stringify(session)).toBe('{"cookie":{}}');
  (session.cart as string[]).push('pen');
  readyToSave(session);
  expect(JSON.stringify(session)).toBe('{"cookie":{},"cart":["pen"]}');
  expect(stored(session)).toEqual({ cookie: {}, _v: 2, theme: 'light', cart: ['pen'], xp: 0 });
  expect(JSON.stringify(session)).toBe('{"cookie":{},"cart":["pen"]}');
});

test('a healthy session is handed on as it is, not copied', () => {
  const session = { _v: 2, theme: 'dark', cart: [], xp: 1 };
  expect(healLoaded(session, shape, { id: 'sid' }).repairs).toEqual([]);
  expect(rowOf(session, rules, 'sid')).toBe(session);
});

test('a copy for the store keeps what the host and the store have put on the session', () => {
  const mark = Symbol('rev');
  class Host {
    readonly [mark] = 4;
    get id() {
      return 'x';
    }
  }
  const session = new Host();
  showNew(session, rules);
  const row = rowOf(session, rules, 'sid') as Host;
  expect(row).toBeInstanceOf(Host);
  expect([row[mark], row.id]).toEqual([4, 'x']);
});

test('each repair of a newer session is published, without a value', () => {
  const heard: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => heard.push(event));
  healLoaded(loaded(newer()), shape, { id: 'sid', name: 'mine' });
  stop();
  expect(heard.map((event) => event.kind === 'session' && [event.name, event.action, event.key])).toEqual([
    ['mine', 'removed', 'role'],
    ['mine', 'replaced', 'theme'],
    ['mine', 'replaced', 'cart'],
    ['mine', 'defaulted', 'xp'],
    ['mine', 'removed', 'note'],
  ]);
});
