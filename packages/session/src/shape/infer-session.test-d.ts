import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { field } from '../field/field.ts';
import { defineSession } from './define-session.ts';
import type { InferSession } from './types.ts';

const shape = defineSession({
  keys: {
    userId: { kind: 'identity', schema: z.uuid() },
    role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
    xp: { kind: 'preference', schema: z.number(), default: 0 },
    cart: { kind: 'preference', schema: z.array(z.object({ id: z.string() })), default: () => [] },
    theme: { kind: 'preference', schema: z.enum(['light', 'dark']) },
  },
});

interface Session extends InferSession<typeof shape> {
  csrf: string;
}

test('identity and authority are optional, a preference with a default never undefined', () => {
  expectTypeOf<Session['userId']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Session['role']>().toEqualTypeOf<'student' | 'admin' | undefined>();
  expectTypeOf<Session['xp']>().toEqualTypeOf<number>();
  expectTypeOf<Session['cart']>().toEqualTypeOf<{ id: string }[]>();
  expectTypeOf<Session['theme']>().toEqualTypeOf<'light' | 'dark' | undefined>();
  expectTypeOf(shape.heal(1).data.xp).toEqualTypeOf<number>();
});

test('a default must be of the type of its schema', () => {
  // @ts-expect-error a text is no number
  defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 'many' } } });
  // @ts-expect-error nobody declared this role
  defineSession({ keys: { role: { kind: 'authority', schema: z.enum(['guest']), leastPrivilege: 'root' } } });
});

const loadRole = async (userId: string): Promise<'student' | 'admin' | undefined> =>
  userId === '' ? undefined : 'student';

test('restore is given the identity, and its answer is held to the schema', () => {
  defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      role: {
        kind: 'authority',
        schema: z.enum(['student', 'admin']),
        restore: (s) => loadRole(s.userId),
      },
      xp: { kind: 'preference', schema: z.number(), default: 0 },
    },
  });
  defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      // @ts-expect-error nobody declared this role
      role: { kind: 'authority', schema: z.enum(['student']), restore: () => 'root' },
    },
  });
  defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      // @ts-expect-error the identity has no number
      role: { kind: 'authority', schema: z.enum(['a']), restore: (_s: { userId: number }) => 'a' as const },
    },
  });
});

test('functions may answer literals', () => {
  defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.uuid() },
      role: { kind: 'authority', schema: z.enum(['student', 'admin']), restore: () => 'student' },
      plan: {
        kind: 'authority',
        schema: z.enum(['free', 'paid']),
        restore: async (s) => {
          await loadRole(s.userId);
          return 'free' as const; // TypeScript widens what an async function answers
        },
      },
      rank: {
        kind: 'authority',
        schema: z.union([z.literal(1), z.literal(2)]),
        restore: () => 1,
      },
      theme: { kind: 'preference', schema: z.enum(['light', 'dark']), default: () => 'dark' },
    },
  });
});

test('the contract compiles as it is written', () => {
  const typed = defineSession({
    version: 3,
    keys: {
      userId: { kind: 'identity', schema: z.string().uuid(), renamedFrom: 'uid' },
      role: { kind: 'authority', schema: z.enum(['student', 'admin']), restore: (s) => loadRole(s.userId) },
      cart: { kind: 'preference', schema: field.array(field.string()), default: () => [] },
    },
    migrations: {
      2: (s) => ({ ...s, cart: [] }),
      3: (s) => {
        delete s.old;
      },
    },
    seal: { secrets: ['a secret of at least thirty-two characters'], accept: 'unsealed' },
  });
  expectTypeOf<InferSession<typeof typed>['cart']>().toEqualTypeOf<string[]>();
});
