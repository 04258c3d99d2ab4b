import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixCorruptedSession } from '../heal/fix-corrupted-session.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { showDefaults, storeAllDefaults, storeChangedDefaults } from './pending-defaults.ts';

const shape = defineSession({
  keys: {
    xp: { kind: 'preference', schema: z.number(), default: 0 },
    cart: { kind: 'preference', schema: z.array(z.string()), default: () => [] },
    theme: { kind: 'preference', schema: z.string() },
  },
});

function anonymous(): { xp: number; cart: string[]; theme?: string } {
  const session = {};
  showDefaults(session, rulesOf(shape).preference);
  return session as never;
}

test('defaults are read but not there: no key, no JSON, the same value each time', () => {
  const session = anonymous();
  expect(session.xp).toBe(0);
  expect(session.cart).toBe(session.cart);
  expect(anonymous().cart).not.toBe(session.cart);
  expect(Object.keys(session)).toEqual([]);
  expect(JSON.stringify(session)).toBe('{}');
  expect(fixCorruptedSession(session, shape)).toEqual([]);
  storeChangedDefaults(session);
  expect(Object.keys(session)).toEqual([]);
});

test('assigning makes an ordinary property', () => {
  const session = anonymous();
  session.xp = 5;
  session.xp += 1;
  expect(JSON.stringify(session)).toBe('{"xp":6}');
});

test('a default changed in place is stored, the others are not', () => {
  const session = anonymous();
  session.cart.push('book');
  storeChangedDefaults(session);
  expect(JSON.stringify(session)).toBe('{"cart":["book"]}');
  session.cart.push('pen');
  expect(JSON.stringify(session)).toBe('{"cart":["book","pen"]}');
});

test('with the first real write all of them are stored', () => {
  const session = anonymous();
  storeAllDefaults(session);
  expect(JSON.stringify(session)).toBe('{"xp":0,"cart":[]}');
});

test('a deleted default stays deleted', () => {
  const session: { xp?: number } = anonymous();
  delete session.xp;
  storeChangedDefaults(session);
  storeAllDefaults(session);
  expect(JSON.stringify(session)).toBe('{"cart":[]}');
});
