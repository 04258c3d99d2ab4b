import { defineSession, type SessionShape } from '@resilient/session';
import { z } from 'zod';

/** `wrong` for the control: what the suites store does not fit then, and they must notice. */
const isWrong = process.env.SUITE_SHAPE === 'wrong';

const preference = (schema: z.ZodType) =>
  ({ kind: 'preference', schema: isWrong ? z.never() : schema }) as const;

/** Fits what the suites store under these names; what else they store are keys that the shape does not know. */
export const shape: SessionShape = defineSession({
  keys: {
    user: { kind: 'identity', schema: z.string() },
    count: preference(z.number()),
    foo: preference(z.union([z.number(), z.string()])),
    data: preference(z.record(z.string(), z.unknown())),
    email: preference(z.string()),
  },
});
