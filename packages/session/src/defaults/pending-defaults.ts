import type { CompiledKey } from '../shape/compiled-shape.ts';

/** A default that is seen when it is read and not stored yet. */
interface Pending {
  readonly key: CompiledKey;
  /** The value once it has been read, with the text it had then. */
  read?: { readonly value: unknown; readonly pristine: string };
}

const pendingBySession = new WeakMap<object, Map<string, Pending>>();

/** Tells whether a key of a session is a default that is shown but not stored. */
export function isPending(session: object, name: string): boolean {
  if (pendingBySession.get(session)?.has(name) !== true) return false;
  // Who deletes it and then assigns has put a value of their own in its place.
  return Object.getOwnPropertyDescriptor(session, name)?.get !== undefined;
}

/** Makes a default an ordinary property. */
function settle(session: object, name: string, value: unknown): void {
  pendingBySession.get(session)?.delete(name);
  Object.defineProperty(session, name, { value, writable: true, enumerable: true, configurable: true });
}

function readPending(pending: Pending): unknown {
  pending.read ??= (() => {
    const value = pending.key.fresh();
    return { value, pristine: JSON.stringify(value) };
  })();
  return pending.read.value;
}

/**
 * Shows the defaults that a new session lacks, as accessors that are not enumerable: reading answers the same value
 * each time and stores nothing, assigning makes an ordinary property. So healing creates no session.
 */
export function showDefaults(session: object, keys: readonly CompiledKey[]): void {
  const pendings = pendingBySession.get(session) ?? new Map<string, Pending>();
  pendingBySession.set(session, pendings);
  for (const key of keys) {
    if (Object.hasOwn(session, key.name) || key.fresh() === undefined) continue;
    const pending: Pending = { key };
    pendings.set(key.name, pending);
    Object.defineProperty(session, key.name, {
      configurable: true,
      enumerable: false,
      get: () => readPending(pending),
      set: (value: unknown) => settle(session, key.name, value),
    });
  }
}

function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // it was made circular, which is a change as well
  }
}

/** Stores the defaults that were changed in place (`session.cart.push(item)`), as ordinary properties. */
export function storeChangedDefaults(session: object): void {
  for (const [name, { read }] of pendingBySession.get(session) ?? []) {
    if (read === undefined || !Object.hasOwn(session, name)) continue;
    if (textOf(read.value) !== read.pristine) settle(session, name, read.value);
  }
}

/** Stores all defaults, as ordinary properties: the session is being written anyway. */
export function storeAllDefaults(session: object): void {
  for (const [name, pending] of pendingBySession.get(session) ?? []) {
    if (Object.hasOwn(session, name)) settle(session, name, readPending(pending));
  }
}
