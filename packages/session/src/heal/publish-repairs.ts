import { isObserved, publish, type SessionEvent } from '@resilient/core';
import type { Repair } from './repair.ts';

/** Tells what was done on `resilient:session`; names of keys that the shape does not know may be user data and stay here. */
export function publishRepairs(repairs: readonly Repair[], name = 'session'): void {
  if (repairs.length === 0 || !isObserved('session')) return;
  for (const { key, kind, action } of repairs) {
    const about: Pick<SessionEvent, 'key' | 'keyKind'> =
      kind === 'unknown' || kind === 'session' ? {} : { key, keyKind: kind };
    publish({ kind: 'session', name, package: 'session', action, ...about });
  }
}
