import { defineSession } from '@resilient/session';
import { z } from 'zod';
import { shape } from '../fixture/shape.ts';

const theme = z.enum(['light', 'dark']);

/** Two releases of one site: the newer knows a role, a theme, and another form of `xp` that the older does not. */
export const versions = {
  2: defineSession({
    version: 2,
    keys: { ...shape.keys, theme: { kind: 'preference', schema: theme, default: 'light' } },
  }),
  3: defineSession({
    version: 3,
    keys: {
      ...shape.keys,
      role: { kind: 'authority', schema: z.enum(['student', 'admin', 'owner']) },
      theme: { kind: 'preference', schema: z.enum(['light', 'dark', 'solarized']), default: 'light' },
    },
  }),
} as const;
