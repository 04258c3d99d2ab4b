import { rulesOf } from '../shape/compiled-shape.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import type { SessionShape } from '../shape/types.ts';
import { isFresh } from '../version/is-fresh.ts';
import { storedVersion } from '../version/stored-version.ts';
import { fillMissing } from './apply-rules.ts';
import { change } from './change.ts';
import { isThere } from './is-there.ts';
import { publishRepairs } from './publish-repairs.ts';
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
  const rules = rulesOf(shape);
  const repairs: Repair[] = [];
  if (!isThere(session)) return repairs;
  if (rules.version > 1 && isFresh(session)) change(session, VERSION_KEY, rules.version);
  const isNewer = storedVersion(session) > rules.version;
  const nothing = { known: undefined, id: undefined, wrong: undefined, removed: [] };
  fillMissing({ session, rules, repairs, isNewer, ...nothing });
  publishRepairs(repairs);
  return repairs;
}
