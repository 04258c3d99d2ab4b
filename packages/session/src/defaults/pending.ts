/** When a value that is only shown becomes part of what is stored. */
export type Until =
  /** With the next write, whatever it is for: defaults of a new session. */
  | 'write'
  /** When it is restored: the least of an authority that is asked for again with each request. */
  | 'restore'
  /** Not by healing: values of a newer release, or of a writer that repeats its mistake. */
  | 'never';

/** A value that is seen when its key is read, and that is not stored yet. */
export interface Pending {
  readonly make: () => unknown;
  readonly until: Until;
  /** What stands in the store instead. */
  readonly original: { readonly value: unknown } | undefined;
  /** It was restored for this request: nobody is asked again. */
  readonly restored?: boolean;
  /** The value once it has been read, with the text it had then. */
  read?: { readonly value: unknown; readonly pristine: string | undefined };
}

const pendingBySession = new WeakMap<object, Map<string, Pending>>();
const NONE: ReadonlyMap<string, Pending> = new Map();

/** What is shown in a session beside what it holds, by key; some of it may be settled already. */
export function pendingsOf(session: object): ReadonlyMap<string, Pending> {
  return pendingBySession.get(session) ?? NONE;
}

/** What is shown under a key and not stored; `undefined` where there is nothing, or a value of the session's own. */
export function pendingAt(session: object, name: string): Pending | undefined {
  const pending = pendingBySession.get(session)?.get(name);
  if (pending === undefined) return undefined;
  // Who deletes it and then assigns has put a value of their own in its place.
  return Object.getOwnPropertyDescriptor(session, name)?.get === undefined ? undefined : pending;
}

/** Tells whether what stands under a key is shown but not stored. */
export function isPending(session: object, name: string): boolean {
  return pendingAt(session, name) !== undefined;
}

/** Answers the value that is shown, the same each time. */
export function readPending(pending: Pending): unknown {
  pending.read ??= (() => {
    const value = pending.make();
    return { value, pristine: textOf(value) };
  })();
  return pending.read.value;
}

/** Tells whether a value that is shown was changed in place (`session.cart.push(item)`). */
export function isChanged({ read }: Pending): boolean {
  return read !== undefined && textOf(read.value) !== read.pristine;
}

/** What a store is to keep of a value that is shown: nothing, what it had, or what the handler changed in place. */
export function storedOf(pending: Pending): unknown {
  const isStored = pending.until === 'write' || isChanged(pending);
  return isStored ? readPending(pending) : pending.original?.value;
}

function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // it was made circular, which is a change as well
  }
}

/** Makes a value an ordinary property. */
export function settle(session: object, name: string, value: unknown): void {
  pendingBySession.get(session)?.delete(name);
  Object.defineProperty(session, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Shows a value under a key, by an accessor that is not enumerable: assigning makes an ordinary property. */
export function show(session: object, name: string, pending: Pending): void {
  const pendings = pendingBySession.get(session) ?? new Map<string, Pending>();
  pendingBySession.set(session, pendings);
  pendings.set(name, pending);
  const shown = Reflect.defineProperty(session, name, {
    configurable: true,
    enumerable: false,
    get: () => readPending(pending),
    set: (value: unknown) => settle(session, name, value),
  });
  if (!shown)
    throw new TypeError(`expected \`session\` to be changeable, got one whose \`${name}\` is fixed`);
}
