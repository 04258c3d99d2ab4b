import { healingStore, type SessionStore } from '@resilient/session';
import { sessionHealing } from '@resilient/session/express';
import express from 'express';
import session, { type Store } from 'express-session';
import type { Handling, Host } from './host.ts';
import { listening } from './listening.ts';
import { page } from './pages.ts';

type Session = Record<string, unknown> & session.Session;

const done = (work: (callback: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    work((error) => (error ? reject(error as Error) : resolve()));
  });

const handling = (request: express.Request): Handling => ({
  get session() {
    return request.session as unknown as Session | undefined;
  },
  query: new URL(request.url, 'http://host').searchParams,
  assign: (value) => {
    request.session = value as never;
  },
  regenerate: () => done((callback) => request.session.regenerate(callback)),
  destroy: () => done((callback) => request.session.destroy(callback)),
  reload: () => done((callback) => request.session.reload(callback)),
  commit: async () => {},
});

class PlainStore extends session.Store {
  readonly #store: SessionStore;
  constructor(store: SessionStore) {
    super();
    this.#store = store;
    if (store.touch) this.touch = (id, data, callback) => store.touch?.(id, data, callback ?? (() => {}));
  }
  get(...[id, callback]: Parameters<Store['get']>): void {
    this.#store.get(id, callback as never);
  }
  set(id: string, data: session.SessionData, callback: (error?: unknown) => void = () => {}): void {
    this.#store.set(id, data, callback);
  }
  destroy(id: string, callback: (error?: unknown) => void = () => {}): void {
    this.#store.destroy(id, callback);
  }
}

const plainStore = (store: SessionStore): Store => new PlainStore(store);

export const expressSession: Host = {
  name: 'express-session',
  keeps: 'rows',
  cookie: 'connect.sid',
  attributes: ['path=/', 'expires', 'httponly', 'samesite=strict'],
  cannot: [],
  async start(
    shape,
    store,
    { onStoreDown, storeTimeoutMs, quarantine, rolling = false, bare = false, logger, onRepair },
  ) {
    const app = express();
    app.set('env', 'test');
    const options = {
      ...(onStoreDown && { onStoreDown }),
      ...(storeTimeoutMs && { storeTimeoutMs }),
      ...(quarantine && { quarantine }),
      ...(logger && { logger }),
    };
    app.use(
      session({
        secret: 'thirty-two characters are needed.',
        resave: false,
        saveUninitialized: false,
        rolling,
        cookie: { maxAge: 3_600_000, sameSite: 'strict', httpOnly: true },
        store: bare ? plainStore(store) : (healingStore(store, shape, options) as Store),
      }),
    );
    if (!bare) app.use(sessionHealing(shape, { logger, onRepair }));
    app.use(async (request, response) => {
      response.json(await page(request.path, handling(request)));
    });
    return listening(app);
  },
};
