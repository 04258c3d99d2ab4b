import type { SessionShape } from '../shape/types.ts';
import { HostStore } from './host-store.ts';
import type { HealingStore, HealingStoreOptions, SessionStore } from './types.ts';

/**
 * Wraps a session store so that nothing it answers can throw in a host: rows that are not objects, names of the host's
 * methods, broken cookies, values that cannot be stored. A store that is down is told apart from a row that is corrupt,
 * and a session that was logged out meanwhile is not written again. The keys are healed in the request, not here.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession, healingStore, type SessionStore } from '@resilient/session';
 *
 * const shape = defineSession({ keys: {} });
 * const wrap = (store: SessionStore) => healingStore(store, shape, { storeTimeoutMs: 1_000 });
 * ```
 */
export function healingStore(
  store: SessionStore,
  shape: SessionShape,
  options: HealingStoreOptions = {},
): HealingStore {
  return new HostStore(store, shape, options);
}
