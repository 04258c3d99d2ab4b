/** Where a session that waits for its authority was loaded from. */
export interface Loaded {
  readonly id: string;
  readonly name: string;
  /** Keys whose repair was counted when it was loaded: to restore them is part of that repair. */
  readonly counted: ReadonlySet<string>;
}

const loaded = new WeakMap<object, Loaded>();

/** Remembers the id of a session, so that what is restored in it again and again can be counted. */
export function rememberLoaded(session: object, from: Loaded): void {
  loaded.set(session, from);
}

/** Where a session was loaded from; `undefined` where nobody said so. */
export function loadedFrom(session: object): Loaded | undefined {
  return loaded.get(session);
}
