import { checkType, isResilientError, refuse } from '@resilient/core';
import type { SessionShape } from '../shape/types.ts';
import { withCallbacks } from '../store/promised-store.ts';
import { SessionCare } from '../store/session-care.ts';
import type { SessionStore } from '../store/types.ts';
import { type Origin, WrappedStore } from '../store/wrap-store.ts';
import { errorPage } from './error-page.ts';
import { PendingWrites } from './pending-writes.ts';
import { type Found, RequestStorage } from './request-storage.ts';
import type { HealedStorage, HealedStorageOptions, HonoStorage, StorageForHono } from './types.ts';

/**
 * Wraps a storage for `@hono/session`: what it answers is healed, its authority asked for again, and what cannot be
 * stored is taken out of what is written. A store with callbacks, as express-session has them, is given as
 * `{ callbacks: store }`. It answers a function for `useSessionStorage`; no other middleware is needed.
 *
 * `@hono/session` gives no other id to a session that lost its identity, and does not wait until a session is written:
 * of a store that fails to write it learns with the next request.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { useSession, useSessionStorage } from '@hono/session';
 * import { defineSession } from '@resilient/session';
 * import { type HonoStorage, healedStorage } from '@resilient/session/hono';
 * import { Hono } from 'hono';
 *
 * const shape = defineSession({ keys: {} });
 * const app = new Hono();
 * const use = (storage: HonoStorage) => {
 *   app.use(useSessionStorage(healedStorage(storage, shape)));
 *   app.use(useSession());
 * };
 * ```
 */
export function healedStorage(
  storage: StorageForHono,
  shape: SessionShape,
  options: HealedStorageOptions = {},
): (context: object) => HealedStorage {
  checkType('storage', storage, 'object');
  const { onRepair, ...healing } = options;
  if (onRepair !== undefined) checkType('onRepair', onRepair, 'function');
  const care = new SessionCare(shape, { ...healing, onRepair });
  const { callbacks } = storage as { callbacks?: SessionStore };
  const plain = storage as HonoStorage;
  if (callbacks === undefined) {
    for (const method of ['get', 'set', 'delete'] as const)
      if (typeof plain[method] !== 'function')
        throw refuse('storage', `an object with a function \`${method}\``, storage);
  }
  const store =
    callbacks ??
    withCallbacks({
      get: (sid) => plain.get(sid),
      set: (sid, value) => plain.set(sid, value as Record<string, unknown>),
      destroy: (sid) => plain.delete(sid),
    });
  let origin: Origin | undefined;
  const wrapped = new WrappedStore(
    store,
    shape,
    { ...healing, hostMethods: [] },
    {
      hasCookie: false,
      watch: {
        answering: (from) => {
          origin = from;
        },
        written: () => {},
      },
    },
  );
  const writes = new PendingWrites();
  const read = (sid: string): Promise<Found> =>
    new Promise((resolve, reject) => {
      wrapped.get(sid, (error, row) => {
        if (error) reject(isResilientError(error, 'STORE_DOWN') ? errorPage(error) : (error as Error));
        else resolve({ row: row ?? null, from: origin });
      });
    });
  const write = (sid: string, row: object): void =>
    writes.add(sid, (done) => wrapped.set(sid, row, () => done()));
  return (context) => new RequestStorage({ care, wrapped, writes, read, write }, context);
}
