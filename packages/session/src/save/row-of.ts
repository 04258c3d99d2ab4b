import { pendingAt, pendingsOf, storedOf } from '../defaults/pending.ts';
import { change } from '../heal/change.ts';
import { sealSession } from '../seal/seal-session.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';

/**
 * What a store is to keep of a session: the session itself, or a copy where something is shown in it that is stored
 * otherwise (defaults of a new session, values put back as they were) or where it is sealed. The session stays as it is,
 * so that its host does not take what is added for a change.
 */
export function rowOf(session: object, rules: CompiledShape, id: string): object {
  const pendings = pendingsOf(session);
  if (rules.seal === undefined && pendings.size === 0) return session;
  const row = Object.create(
    Object.getPrototypeOf(session) as object | null,
    Object.getOwnPropertyDescriptors(session),
  ) as object;
  for (const [name, pending] of pendings) {
    if (pendingAt(session, name) !== undefined) change(row, name, storedOf(pending));
  }
  sealSession(row, rules, id);
  return row;
}
