import { rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { healSession } from './heal-session.ts';
import { isThere } from './is-there.ts';
import { publishRepairs } from './publish-repairs.ts';
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
  const rules = rulesOf(shape);
  const repairs: Repair[] = [];
  if (!isThere(session)) return repairs;
  healSession(session, rules, repairs);
  if (repairs.length > 0) publishRepairs(repairs);
  return repairs;
}
