import type { SessionShape } from '../shape/types.ts';
import { healSession } from './heal-session.ts';
import { inPlace } from './in-place.ts';
import type { Repair } from './repair.ts';

/**
 * Heals a session in place and answers what was done: wrong preferences get their default, a wrong identity is removed
 * with all authority, authority without an intact identity is removed, what is missing is filled. A session of an older
 * version is migrated first; one of a newer version is healed for this request only. Keys that the shape does not know
 * stay as they are; doing it twice changes nothing.
 *
 * @throws TypeError if `session` is neither an object nor absent, cannot be changed, or `shape` is not a shape
 * @example
 * ```ts
 * import { defineSession, fixCorruptedSession } from '@resilient/session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const session = { xp: 'many', csrf: 't0k' };
 * console.log(fixCorruptedSession(session, shape)); // [{ key: 'xp', kind: 'preference', action: 'replaced', found: 'string' }]
 * ```
 */
export function fixCorruptedSession(session: object | null | undefined, shape: SessionShape): Repair[] {
  return inPlace(session, shape, healSession);
}
