import type { SessionShape } from '../shape/types.ts';
import { fillMissing } from './apply-rules.ts';
import { inPlace } from './in-place.ts';
import type { Repair } from './repair.ts';

/**
 * Fills in place what a session lacks with fresh defaults, and answers what was filled. What is there, right or wrong,
 * is not touched; identity is never filled.
 *
 * @throws TypeError if `session` is neither an object nor absent, cannot be changed, or `shape` is not a shape
 * @example
 * ```ts
 * import { defineSession, ensureSessionDefaults } from '@resilient/session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const session = {};
 * ensureSessionDefaults(session, shape); // session is { xp: 0 }
 * ```
 */
export function ensureSessionDefaults(session: object | null | undefined, shape: SessionShape): Repair[] {
  return inPlace(session, shape, fillMissing);
}
