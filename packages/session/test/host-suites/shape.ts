import { defineSession, type SessionShape } from '@resilient/session';
import { z } from 'zod';

const keys = {
  user: { kind: 'identity', schema: z.string() },
  views: { kind: 'preference', schema: z.number() },
  list: { kind: 'preference', schema: z.array(z.string()) },
} as const;

/** A shape that fits all that the scripts write, without defaults: healthy sessions have nothing to be healed. */
export const shape: SessionShape<typeof keys> = defineSession({ keys });

const line = (): void => {};

/** A logger for nobody. */
export const silent = { debug: line, info: line, warn: line, error: line, fatal: line, child: () => silent };
