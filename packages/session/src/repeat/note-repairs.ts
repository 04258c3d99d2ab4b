import { isObserved, publish } from '@resilient/core';
import type { Repair } from '../heal/repair.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';

/**
 * Counts the repairs of a session. The third of one key within an hour is told as `repeated` on `resilient:session`; from
 * then on the key is healed for the request only. Answers the keys that became so now.
 */
export function noteRepairs(
  repairs: readonly Repair[],
  rules: CompiledShape,
  id: string,
  now: number,
  name: string,
): string[] {
  const repeated: string[] = [];
  for (const { key, kind } of repairs) {
    if (kind === 'unknown' || kind === 'session' || !rules.repeats.note(id, key, now)) continue;
    repeated.push(key);
    if (isObserved('session'))
      publish({ kind: 'session', name, package: 'session', action: 'repeated', key, keyKind: kind });
  }
  return repeated;
}
