import { onResilienceEvent, type ResilienceEvent } from '@resilient/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSession } from '../shape/define-session.ts';
import { ensureSessionDefaults } from './ensure-session-defaults.ts';
import { fixCorruptedSession } from './fix-corrupted-session.ts';

const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.string() },
    role: { kind: 'authority', schema: z.enum(['guest', 'admin']), leastPrivilege: 'guest' },
    xp: { kind: 'preference', schema: z.number(), default: 0 },
    theme: { kind: 'preference', schema: z.string() },
  },
});

test('fills what is missing, in place, once', () => {
  const session = { cookie: 1 };
  expect(ensureSessionDefaults(session, shape)).toEqual([
    { key: 'role', kind: 'authority', action: 'defaulted', found: 'missing' },
    { key: 'xp', kind: 'preference', action: 'defaulted', found: 'missing' },
  ]);
  expect(session).toEqual({ cookie: 1, role: 'guest', xp: 0 });
  expect(ensureSessionDefaults(session, shape)).toEqual([]);
});

test('touches nothing that is there, right or wrong', () => {
  const session = { userId: 7, role: 'admin', xp: 'many' };
  expect(ensureSessionDefaults(session, shape)).toEqual([]);
  expect(session).toEqual({ userId: 7, role: 'admin', xp: 'many' });
});

test('undefined counts as missing', () => {
  const session = { xp: undefined };
  ensureSessionDefaults(session, shape);
  expect(session.xp).toBe(0);
});

test('publishes each repair without a value, and names of unknown keys not at all', () => {
  const heard: ResilienceEvent[] = [];
  const stop = onResilienceEvent((event) => heard.push(event));
  fixCorruptedSession({ xp: 'SECRET', role: 'guest', 'SECRET-name': 1, toString: 1 }, shape);
  stop();
  expect(heard).toEqual([
    { kind: 'session', name: 'session', package: 'session', action: 'removed' },
    {
      kind: 'session',
      name: 'session',
      package: 'session',
      action: 'replaced',
      key: 'xp',
      keyKind: 'preference',
    },
  ]);
});
