import { defineSession, type InferSession } from '@resilient/session';
import { z } from 'zod';

/** What a session of the site holds: who it is, what they may do, and what is nice to remember. */
export const shape = defineSession({
  version: 1,
  keys: {
    userId: { kind: 'identity', schema: z.uuid() },
    role: { kind: 'authority', schema: z.enum(['student', 'teacher', 'admin']) },
    xp: { kind: 'preference', schema: z.number().int().min(0), default: 0 },
    theme: { kind: 'preference', schema: z.enum(['light', 'dark']), default: 'light' },
    /** Topics that a student keeps for later. */
    cart: { kind: 'preference', schema: z.array(z.string().max(40)).max(50), default: () => [] },
  },
});

/** The session of a request. */
export type SchoolSession = InferSession<typeof shape>;

declare module 'fastify' {
  interface Session extends SchoolSession {}
}
