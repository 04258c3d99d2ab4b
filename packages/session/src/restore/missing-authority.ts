import { pendingAt } from '../defaults/pending.ts';
import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { storedVersion } from '../version/stored-version.ts';

/** Tells whether nothing stands under a key, or only what healing shows. What a newer release stored is not missing. */
function isMissing(session: object, key: CompiledKey, isNewer: boolean): boolean {
  const property = Object.getOwnPropertyDescriptor(session, key.name);
  if (property === undefined) return true;
  if ('value' in property) return property.value === undefined;
  const pending = pendingAt(session, key.name);
  return pending !== undefined && !pending.restored && (pending.original === undefined || !isNewer);
}

/** The authority that is gone and can be asked for. */
export function missingAuthority(session: object, rules: CompiledShape): CompiledKey[] {
  const isNewer = storedVersion(session) > rules.version;
  return rules.restorable.filter((key) => isMissing(session, key, isNewer));
}

/** A copy of the identity of a session, or `undefined` if not all of it is intact. */
export function intactIdentity(
  session: object,
  { identity }: CompiledShape,
): Record<string, unknown> | undefined {
  const copy: Record<string, unknown> = {};
  for (const key of identity) {
    const value: unknown = Object.getOwnPropertyDescriptor(session, key.name)?.value;
    if (value === undefined || !isRight(key, value)) return undefined;
    copy[key.name] = structuredClone(value);
  }
  return copy;
}

/** Tells whether a session has an identity whose authority is gone and can be asked for. */
export function needsRestore(session: object, rules: CompiledShape): boolean {
  if (rules.restorable.length === 0 || missingAuthority(session, rules).length === 0) return false;
  return intactIdentity(session, rules) !== undefined;
}
