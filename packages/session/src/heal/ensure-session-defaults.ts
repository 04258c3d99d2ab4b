import { VERSION_KEY } from '../shape/reserved-names.ts';
import type { SessionShape } from '../shape/types.ts';
import { isFresh } from '../version/is-fresh.ts';
import { storedVersion } from '../version/stored-version.ts';
import { fillMissing } from './apply-rules.ts';
import { change } from './change.ts';
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
  return inPlace(session, shape, (healing) => {
    const { session: target, rules } = healing;
    if (rules.version > 1 && isFresh(target)) change(target, VERSION_KEY, rules.version);
    healing.isNewer = storedVersion(target) > rules.version;
    fillMissing(healing);
  });
}
