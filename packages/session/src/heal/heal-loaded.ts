import { type Clock, systemClock } from '@resilient/core';
import { isPending, pendingAt } from '../defaults/pending.ts';
import { noteRepairs } from '../repeat/note-repairs.ts';
import { rememberLoaded } from '../restore/loaded-sessions.ts';
import { needsRestore } from '../restore/missing-authority.ts';
import { checkSeal } from '../seal/check-seal.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { storedVersion } from '../version/stored-version.ts';
import { healSession } from './heal-session.ts';
import { publishRepairs } from './publish-repairs.ts';
import type { Repair } from './repair.ts';

/** What {@link healLoaded} is told beside the session and its shape. */
export interface LoadedOptions {
  /** The id of the session, or nothing where the host has none: then no seal is checked and no repair counted. */
  readonly id?: string | undefined;
  /** Name in events. @defaultValue `'session'` */
  readonly name?: string | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** What {@link healLoaded} answers. */
export interface LoadedSession {
  /** What was done. */
  readonly repairs: Repair[];
  /** Its identity was taken away for good: it needs a new id, against fixation. */
  readonly lostIdentity: boolean;
  /** Authority is gone that {@link restoreAuthority} can ask for. */
  readonly needsRestore: boolean;
}

/** The repairs that speak of a writer that is wrong. */
function countable(session: object, version: number, repairs: readonly Repair[]): readonly Repair[] {
  if (repairs.length === 0 || storedVersion(session) > version) return []; // another release wrote it, and is not wrong
  // The least that stands in for what could not be restored is no repair of what is stored.
  return repairs.filter(
    ({ key, found }) => found !== 'missing' || pendingAt(session, key)?.until !== 'restore',
  );
}

/**
 * Heals a session that a host has loaded, in place: `fixCorruptedSession`, and beside it the seal is checked and
 * repairs of the same key are counted. For adapters; call {@link restoreAuthority} next if it says so, and
 * {@link readyToSave} before the host compares and saves.
 *
 * @throws TypeError if `session` cannot be changed, or `shape` is not a shape
 * @example
 * ```ts
 * import { healLoaded, restoreAuthority, type SessionShape } from '@resilient/session';
 *
 * async function onLoaded(session: object, shape: SessionShape, id: string): Promise<void> {
 *   const { needsRestore } = healLoaded(session, shape, { id });
 *   if (needsRestore) await restoreAuthority(session, shape);
 * }
 * ```
 */
export function healLoaded(session: object, shape: SessionShape, options: LoadedOptions = {}): LoadedSession {
  const rules = rulesOf(shape);
  const { id, name = 'session', clock = systemClock } = options;
  const repairs = id === undefined || rules.seal === undefined ? [] : checkSeal(session, rules, id);
  healSession(session, rules, repairs, id);
  const missing = needsRestore(session, rules);
  const counted = id === undefined ? [] : countable(session, rules.version, repairs);
  if (missing && id !== undefined) {
    rememberLoaded(session, { id, name, counted: new Set(counted.map(({ key }) => key)) });
  }
  if (repairs.length === 0) return { repairs, lostIdentity: false, needsRestore: missing };
  publishRepairs(repairs, name);
  if (id !== undefined) noteRepairs(counted, rules, id, clock.now(), name);
  const lostIdentity = repairs.some(
    ({ kind, action, key }) => kind === 'identity' && action === 'removed' && !isPending(session, key),
  );
  return { repairs, lostIdentity, needsRestore: missing };
}
