import { checkType, refuse } from '@resilient/core';
import { rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { passLineage } from '../store/lineage.ts';
import { withCallbacks } from '../store/promised-store.ts';
import type { HealingStoreOptions, SessionStore } from '../store/types.ts';
import { type Origin as RowOrigin, WrappedStore } from '../store/wrap-store.ts';
import { type KoaContext, type KoaStore, type KoaStoreContext, noteOrigin } from './exchange.ts';
import { checkNotes, complete, HOST_METHODS } from './host-row.ts';

const CALL = Symbol('the arguments of koa-session');

interface Call {
  readonly maxAge: number;
  readonly context: KoaStoreContext;
}

/** The user's store, called as koa-session calls it. */
class Inner {
  readonly #store: KoaStore;
  /** The call of koa-session that is being answered; it is read before the first wait. */
  call: Call = { maxAge: 86_400_000, context: {} };

  constructor(store: KoaStore) {
    this.#store = store;
  }

  get(key: string): unknown {
    return this.#store.get(key, this.call.maxAge, this.call.context);
  }

  set(key: string, row: object): unknown {
    const { maxAge, context } = (row as { [CALL]?: Call })[CALL] ?? this.call;
    return this.#store.set(key, row, maxAge, context);
  }

  destroy(key: string): unknown {
    return this.#store.destroy(key, this.call.context);
  }
}

/** Where {@link healedStore} keeps sessions: a store as koa-session takes it, or one with callbacks. */
export type StoreForKoa = KoaStore | { readonly callbacks: SessionStore };

const settled = <T>(work: (done: (error: unknown, value?: T) => void) => void): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    work((error, value) => (error ? reject(error as Error) : resolve(value)));
  });

/**
 * Wraps a store for koa-session as `healingStore` does for other hosts. A store with callbacks, as express-session has
 * them, is given as `{ callbacks: store }`.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession } from '@resilient/session';
 * import { healedStore, type KoaStore, sessionHealing } from '@resilient/session/koa';
 * import Koa from 'koa';
 * import session from 'koa-session';
 *
 * const shape = defineSession({ keys: {} });
 * const app = new Koa();
 * const use = (store: KoaStore) => {
 *   app.use(session({ store: healedStore(store, shape) }, app));
 *   app.use(sessionHealing(shape));
 * };
 * ```
 */
export function healedStore(
  store: StoreForKoa,
  shape: SessionShape,
  options: Omit<HealingStoreOptions, 'hostMethods'> = {},
): KoaHealedStore {
  checkType('store', store, 'object');
  const rules = rulesOf(shape);
  const callbacks = (store as { callbacks?: SessionStore }).callbacks;
  for (const method of ['get', 'set', 'destroy'] as const) {
    const found = callbacks === undefined ? (store as KoaStore)[method] : callbacks[method];
    if (typeof found !== 'function') throw refuse('store', `an object with a function \`${method}\``, store);
  }
  const inner = new Inner(store as KoaStore);
  let origin: RowOrigin | undefined;
  const unsaved = new WeakSet<object>();
  const wrapped = new WrappedStore(
    callbacks ?? withCallbacks(inner),
    shape,
    { ...options, hostMethods: HOST_METHODS },
    {
      hasCookie: false,
      watch: {
        answering: (from) => {
          origin = from;
        },
        written: (session, saved) => void (saved ? unsaved.delete(session) : unsaved.add(session)),
      },
    },
  );
  const during = <T>(call: Call, work: () => T): T => {
    inner.call = call;
    return work();
  };
  return {
    get: (key, maxAge, context = {}) =>
      settled((done) =>
        during({ maxAge, context }, () =>
          wrapped.get(key, (error, row?: Record<string, unknown>) => {
            if (row) {
              checkNotes(row);
              noteOrigin(context.ctx, { from: origin ?? 'loaded', row });
            }
            done(error, row);
          }),
        ),
      ),
    set: async (key, data, maxAge, context = {}) => {
      const ctx = context.ctx as KoaContext | undefined;
      const row = complete(data, ctx, rules, key);
      Object.defineProperty(row, CALL, { value: { maxAge, context }, configurable: true });
      await settled((done) => wrapped.set(key, row, done));
      if (ctx?.session) passLineage(row, ctx.session);
      if (unsaved.has(row) && ctx !== undefined) silence(ctx);
    },
    destroy: async (key, context = {}) => {
      await settled((done) => during({ maxAge: 0, context }, () => wrapped.destroy(key, done)));
    },
  };
}

/** What {@link healedStore} answers: for the option `store` of koa-session. */
export interface KoaHealedStore {
  get(key: string, maxAge: number, context?: KoaStoreContext): Promise<unknown>;
  set(key: string, session: object, maxAge: number, context?: KoaStoreContext): Promise<void>;
  destroy(key: string, context?: KoaStoreContext): Promise<void>;
}

/** The host believes the session saved and would send its cookie. */
function silence(ctx: KoaContext): void {
  const { cookies } = ctx;
  const set = cookies.set as (...args: unknown[]) => unknown;
  const quiet = ctx.sessionOptions?.key;
  Object.assign(cookies, {
    set: (...args: unknown[]) => (args[0] === quiet ? cookies : set.apply(cookies, args)),
  });
}
