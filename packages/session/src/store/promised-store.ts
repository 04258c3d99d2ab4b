import type { SessionStore, StoreCallback } from './types.ts';

/** A store that answers with promises, or at once. */
export interface PromisedStore {
  get(sessionId: string): unknown;
  set(sessionId: string, session: object): unknown;
  destroy(sessionId: string): unknown;
  readRaw?: SessionStore['readRaw'];
}

/** Hands what a function answers, or a promise of it, to a callback; what the callback throws is not caught here. */
function answer(work: () => unknown, callback: StoreCallback<never>): void {
  new Promise((resolve) => resolve(work())).then(
    (value) => queueMicrotask(() => callback(null, value as never)),
    (error: unknown) => queueMicrotask(() => callback(error ?? new Error('the store rejected with nothing'))),
  );
}

/** Makes a store with callbacks of one with promises. */
export function withCallbacks(store: PromisedStore): SessionStore {
  const wrapped: SessionStore = {
    get: (id, callback) => answer(() => store.get(id), callback as StoreCallback<never>),
    set: (id, session, callback) => answer(() => store.set(id, session), callback),
    destroy: (id, callback) => answer(() => store.destroy(id), callback),
  };
  if (typeof store.readRaw === 'function') wrapped.readRaw = store.readRaw.bind(store);
  return wrapped;
}
