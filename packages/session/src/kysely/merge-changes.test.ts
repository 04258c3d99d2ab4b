import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MergeRules, mergeChanges } from './merge-changes.ts';
import type { OnConflict } from './on-conflict.ts';

const rules = (onConflict: OnConflict = 'report'): MergeRules => ({
  identity: ['userId'],
  authority: ['role', 'tenant'],
  onConflict,
  defaults: new Map([['lives', () => 3]]),
});
const user = { userId: 'u1', role: 'teacher', tenant: 't1' };

describe('what two requests made of one session', () => {
  test('changes of different keys are both kept', () => {
    const merged = mergeChanges(
      { xp: 1, cart: ['a'], note: 'n' },
      { xp: 2, cart: ['a'] },
      { xp: 1, cart: ['a', 'b'], note: 'n', theme: 'dark' },
      rules(),
    );
    expect(merged).toEqual({ keys: { xp: 2, cart: ['a', 'b'], theme: 'dark' }, conflicts: [] });
  });

  test('a text that both set, a key that both took out and a default that both put in are no conflict', () => {
    const stored = { theme: 'dark', lives: 3, cart: [], xp: 0 };
    const merged = mergeChanges({ theme: 'light', gone: 1 }, stored, { ...stored }, rules('refuse'));
    expect(merged).toEqual({ keys: stored, conflicts: [] });
  });

  test('a counter that both raised to the same number, and a list that both made longer, are one', () => {
    expect(mergeChanges({ xp: 5 }, { xp: 6 }, { xp: 6 }, rules('refuse'))).toBe('refused');
    expect(mergeChanges({}, { xp: 1 }, { xp: 1 }, rules())).toMatchObject({ conflicts: ['xp'] });
    expect(mergeChanges({ cart: [] }, { cart: ['a'] }, { cart: ['a'] }, rules())).toMatchObject({
      conflicts: ['cart'],
    });
  });

  test('a key that both changed is reported, refused or decided by the application', () => {
    const three = [{ xp: 1 }, { xp: 5 }, { xp: 3 }] as const;
    expect(mergeChanges(...three, rules())).toEqual({ keys: { xp: 3 }, conflicts: ['xp'] });
    expect(mergeChanges(...three, rules('refuse'))).toBe('refused');
    const add: OnConflict = ({ base, stored, saved }) => Number(stored) + Number(saved) - Number(base);
    expect(mergeChanges(...three, rules(add))).toEqual({ keys: { xp: 7 }, conflicts: ['xp'] });
    expect(
      mergeChanges(
        { xp: 1 },
        {},
        { xp: 2 },
        rules(({ stored }) => stored),
      ),
    ).toEqual({
      keys: {},
      conflicts: ['xp'],
    });
  });

  test('a function that throws or answers with a promise has not decided', () => {
    const three = [{ xp: 1 }, { xp: 5 }, { xp: 3 }] as const;
    const fail = (): never => {
      throw new Error('no');
    };
    expect(mergeChanges(...three, rules(fail))).toBe('refused');
    expect(
      mergeChanges(
        ...three,
        rules(async () => fail()),
      ),
    ).toBe('refused');
  });

  test('`__proto__` is a key like any other and touches no prototype', () => {
    const saved = JSON.parse('{"xp":1,"__proto__":{"admin":true}}') as Record<string, unknown>;
    const merged = mergeChanges({ xp: 0 }, { xp: 0, note: 1 }, saved, rules());
    expect(JSON.stringify(merged)).toBe(
      '{"keys":{"xp":1,"note":1,"__proto__":{"admin":true}},"conflicts":[]}',
    );
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('who is logged in, and what they may do', () => {
  test('a role taken away meanwhile stays away, whatever else a slow request saves', () => {
    expect(mergeChanges(user, { userId: 'u1', tenant: 't1' }, { ...user, xp: 1 }, rules())).toEqual({
      keys: { userId: 'u1', tenant: 't1', xp: 1 },
      conflicts: [],
    });
  });

  test('two different changes of authority are refused, also of two keys', () => {
    expect(mergeChanges(user, { ...user, role: 'student' }, { ...user, role: 'admin' }, rules())).toBe(
      'refused',
    );
    expect(mergeChanges(user, { ...user, role: 'student' }, { ...user, tenant: 't2' }, rules())).toBe(
      'refused',
    );
  });

  test('nothing of a request is kept in the session of another user, or of nobody', () => {
    expect(mergeChanges(user, { userId: 'u2' }, { ...user, xp: 1 }, rules())).toBe('left');
    expect(mergeChanges(user, { xp: 0 }, { ...user, xp: 1 }, rules())).toBe('left');
    expect(mergeChanges(user, {}, { ...user, tenant: 't2' }, rules())).toBe('left');
  });

  test('two log-ins at once are refused unless they are the same', () => {
    expect(mergeChanges({ xp: 1 }, { userId: 'u2' }, { userId: 'u1' }, rules())).toBe('refused');
    expect(mergeChanges({ xp: 1 }, { userId: 'u1', xp: 1 }, { userId: 'u1', xp: 2 }, rules())).toMatchObject({
      keys: { userId: 'u1', xp: 2 },
    });
    expect(mergeChanges(user, { ...user, role: 'admin' }, { userId: 'u2' }, rules())).toBe('refused');
  });

  test('what an anonymous visitor did while logging in moves along', () => {
    expect(mergeChanges({ xp: 1 }, { xp: 1, userId: 'u1' }, { xp: 1, cart: ['a'] }, rules())).toMatchObject({
      keys: { xp: 1, userId: 'u1', cart: ['a'] },
    });
  });

  test('never mixes the identity of one write with the authority of another (property)', () => {
    const value = fc.constantFrom(undefined, 1, 2, 3);
    const session = fc
      .record({ userId: value, role: value, tenant: value, xp: value, note: value })
      .map((keys) => Object.fromEntries(Object.entries(keys).filter(([, one]) => one !== undefined)));
    const login = (keys: Readonly<Record<string, unknown>>): string =>
      JSON.stringify([keys.userId ?? null, keys.role ?? null, keys.tenant ?? null]);
    fc.assert(
      fc.property(session, session, session, (base, stored, saved) => {
        const merged = mergeChanges(base, stored, saved, rules());
        if (typeof merged === 'string') return;
        expect([login(stored), login(saved)]).toContain(login(merged.keys));
        for (const key of ['xp', 'note']) {
          const isMine = base[key] !== saved[key];
          expect(merged.keys[key]).toBe(isMine ? saved[key] : stored[key]);
        }
      }),
    );
  });
});
