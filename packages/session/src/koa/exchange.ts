/** What koa-session tells a store beside the key. */
export interface KoaStoreContext {
  readonly ctx?: object;
  readonly rolling?: boolean;
  readonly changed?: boolean;
}

/** A store as koa-session takes it. */
export interface KoaStore {
  get(key: string, maxAge: number, context: KoaStoreContext): unknown;
  set(key: string, session: object, maxAge: number, context: KoaStoreContext): unknown;
  destroy(key: string, context: KoaStoreContext): unknown;
}

/** A session of koa-session, as far as it matters here. */
export interface KoaSession {
  readonly isNew: boolean;
  readonly externalKey?: string | undefined;
  regenerate(): Promise<void>;
  toJSON(): Record<string, unknown>;
}

/** The options of koa-session for one request, as far as they matter here. */
export interface KoaSessionOptions {
  key?: string;
  rolling?: boolean;
  renew?: boolean;
  store?: unknown;
  ContextStore?: unknown;
  decode?: (text: string) => unknown;
  encode?: (data: object) => string;
}

/** A context of koa, as far as it matters here. */
export interface KoaContext {
  session: KoaSession | null;
  readonly sessionOptions?: KoaSessionOptions;
  readonly cookies: { set: (...args: never[]) => unknown };
  readonly res: { once(event: 'close', listener: () => void): unknown };
}

/** Where the session of a request comes from; noted by the store, read by the middleware. */
export interface Origin {
  readonly from: 'loaded' | 'reset' | 'down';
  readonly row: object;
}

const origins = new WeakMap<object, Origin>();

/** Notes where the session of a request comes from. */
export function noteOrigin(ctx: object | undefined, origin: Origin): void {
  if (ctx !== undefined) origins.set(ctx, origin);
}

/** Where the session of a request comes from; `undefined` for one that is new. */
export function originOf(ctx: object): Origin | undefined {
  return origins.get(ctx);
}
