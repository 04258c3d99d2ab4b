import { z } from 'zod';
import type { SealOptions } from '../../seal/seal-options.ts';
import { defineSession } from '../../shape/define-session.ts';

export const ROLES = ['guest', 'student', 'teacher', 'admin'] as const;
export const PLANS = ['free', 'paid'] as const;
export const IDENTITY = ['userId', 'tenant'] as const;
export const AUTHORITY = ['role', 'plan', 'rights'] as const;
export const OLD_NAME = 'uid';
export const LEAST: Readonly<Record<string, unknown>> = { role: 'guest', plan: 'free' };
export const VERSION = 3;
export const ID = 'the-session-id';

/** What `restore` was asked, and what it answered. */
export interface Asked {
  readonly key: string;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

/** A migration of the sort that must not grant: it takes authority and identity from wherever it finds them. */
export const migrations = {
  2: ({ uid, points, ...s }: Record<string, unknown>): Record<string, unknown> => ({
    ...s,
    userId: s.userId ?? uid ?? s.lastUser,
    xp: s.xp ?? points,
  }),
  3: (s: Record<string, unknown>): void => {
    s.role ??= s.rank ?? 'teacher';
    s.userId ??= s.lastUser;
  },
};

/** The shape of the mutated sessions, with a `restore` that tells what it was asked. */
export function corpusShape(asked: Asked[] = [], seal?: SealOptions) {
  const restoring = <T>(key: string, answer: T) => {
    return (identity: Readonly<Record<string, unknown>>): T => {
      asked.push({ key, identity, answer });
      return answer;
    };
  };
  return defineSession({
    version: VERSION,
    keys: {
      userId: { kind: 'identity', schema: z.uuid(), renamedFrom: OLD_NAME },
      tenant: { kind: 'identity', schema: z.object({ id: z.number().int() }) },
      role: { kind: 'authority', schema: z.enum(ROLES), leastPrivilege: 'guest' },
      plan: {
        kind: 'authority',
        schema: z.enum(PLANS),
        leastPrivilege: 'free',
        restore: restoring('plan', 'paid' as const),
      },
      rights: {
        kind: 'authority',
        schema: z.array(z.string()),
        restore: restoring('rights', ['restored']),
      },
      xp: { kind: 'preference', schema: z.number().int().min(0), default: 0 },
      theme: { kind: 'preference', schema: z.enum(['light', 'dark']), default: 'light' },
      cart: {
        kind: 'preference',
        schema: z.array(z.object({ sku: z.string(), n: z.number() })),
        default: () => [],
      },
      note: { kind: 'preference', schema: z.string() },
    },
    migrations,
    ...(seal && { seal }),
  });
}

export type CorpusShape = ReturnType<typeof corpusShape>;
