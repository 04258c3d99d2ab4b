import { checkType, isResilientError, refuse } from '@resilient/core';
import { pendingAt, pendingsOf } from '../defaults/pending.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import type { SessionShape } from '../shape/types.ts';
import { passLineage } from '../store/lineage.ts';
import { withCallbacks } from '../store/promised-store.ts';
import { type CareOptions, SessionCare } from '../store/session-care.ts';
import type { HealingStoreOptions, SessionStore } from '../store/types.ts';
import { type Origin, WrappedStore } from '../store/wrap-store.ts';
import { errorPage } from './error-page.ts';
import { PendingWrites } from './pending-writes.ts';
import { RecentRows } from './recent-rows.ts';

/** A storage as `@hono/session` takes it; its `set` and `delete` are not waited for. */
export interface HonoStorage {
  get(sid: string): unknown;
  set(sid: string, value: Record<string, unknown>): unknown;
  delete(sid: string): unknown;
}

/** Where {@link healedStorage} keeps sessions: a storage of `@hono/session`, or a store with callbacks. */
export type StorageForHono = HonoStorage | { readonly callbacks: SessionStore };

/** What {@link healedStorage} takes beside a storage and a shape. */
export interface HealedStorageOptions
  extends Omit<HealingStoreOptions, 'hostMethods'>,
    Pick<CareOptions, 'onRepair'> {}

/** What {@link healedStorage} answers: for `useSessionStorage`. */
export interface HealedStorage {
  get(sid: string): Promise<Record<string, unknown> | null>;
  set(sid: string, value: Record<string, unknown>): void;
  delete(sid: string): void;
}

/** What a handler stored, with what it could not see: values of a newer release, and the version of the shape. */
function complete(value: Record<string, unknown>, loaded: object | undefined, care: SessionCare): object {
  const row = { ...value };
  if (loaded !== undefined) {
    for (const [name, { original }] of pendingsOf(loaded)) {
      const isHeld = original !== undefined && pendingAt(loaded, name) !== undefined;
      if (isHeld && !Object.hasOwn(row, name)) row[name] = original.value;
    }
    const version: unknown = Reflect.get(loaded, VERSION_KEY);
    if (version !== undefined && !Object.hasOwn(row, VERSION_KEY)) row[VERSION_KEY] = version;
    passLineage(loaded, row);
  }
  care.show(row); // what is missing is stored with it
  care.ready(row);
  return row;
}

/**
 * Wraps a storage for `@hono/session`: what it answers is healed, its authority asked for again, and what cannot be
 * stored is taken out of what is written. A store with callbacks, as express-session has them, is given as
 * `{ callbacks: store }`. No middleware is needed.
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
): HealedStorage {
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
  const rows = new RecentRows();
  const writes = new PendingWrites();
  const read = (sid: string): Promise<{ row: Record<string, unknown> | null; from: Origin | undefined }> =>
    new Promise((resolve, reject) => {
      wrapped.get(sid, (error, row) => {
        if (error) reject(isResilientError(error, 'STORE_DOWN') ? errorPage(error) : (error as Error));
        else resolve({ row: row ?? null, from: origin });
      });
    });
  return {
    async get(sid) {
      await writes.settled(sid);
      const { row, from } = await read(sid);
      if (row === null) return null;
      if (from === 'down') {
        care.show(row);
        return row;
      }
      const { needsRestore } = care.heal(row, sid);
      if (needsRestore) await care.restore(row);
      rows.add(sid, row);
      return row;
    },
    set(sid, value) {
      const failed = wrapped.failsToWrite && !wrapped.anonymous;
      const row = complete(value, rows.take(sid), care);
      writes.add(sid, (done) => wrapped.set(sid, row, () => done()));
      if (failed) throw errorPage();
    },
    delete(sid) {
      rows.take(sid);
      writes.add(sid, (done) => wrapped.destroy(sid, () => done()));
    },
  };
}
