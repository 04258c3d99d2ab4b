import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { isChanged, pendingAt, pendingsOf, readPending, settle, show } from './pending.ts';

/**
 * Shows the defaults that a new session lacks, as accessors that are not enumerable: reading answers the same value
 * each time and stores nothing, assigning makes an ordinary property. So healing creates no session.
 */
export function showDefaults(session: object, keys: readonly CompiledKey[]): void {
  for (const key of keys) {
    if (Object.hasOwn(session, key.name) || key.fresh() === undefined) continue;
    const until = key.restore === undefined ? 'write' : 'restore';
    show(session, key.name, { make: key.fresh, until, original: undefined });
  }
}

/** Shows in a new session what is stored with its first write: the defaults, and the version of the shape. */
export function showNew(session: object, rules: CompiledShape): void {
  showDefaults(session, [...rules.authority, ...rules.preference]);
  if (rules.version === 1 || Object.hasOwn(session, VERSION_KEY)) return;
  show(session, VERSION_KEY, { make: () => rules.version, until: 'write', original: undefined });
}

/** Stores the defaults that were changed in place (`session.cart.push(item)`), as ordinary properties. */
export function storeChangedDefaults(session: object): void {
  for (const [name, pending] of [...pendingsOf(session)]) {
    if (pendingAt(session, name) !== undefined && isChanged(pending))
      settle(session, name, readPending(pending));
  }
}

/** Stores all defaults of a new session, as ordinary properties: the session is being written anyway. */
export function storeAllDefaults(session: object): void {
  for (const [name, pending] of [...pendingsOf(session)]) {
    if (pending.until === 'write' && pendingAt(session, name) !== undefined)
      settle(session, name, readPending(pending));
  }
}
