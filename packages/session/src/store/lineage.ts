/** What a store knows of a session, shared by all objects that were made of one another. */
interface Holder {
  lineage: unknown;
}

const holders = new WeakMap<object, Holder>();

/** Notes what a store knows of a session that it has handed out or written: where a later write of it begins. */
export function setLineage(session: object, lineage: unknown): void {
  const holder = holders.get(session);
  if (holder === undefined) holders.set(session, { lineage });
  else holder.lineage = lineage;
}

/** Answers what {@link setLineage} noted of this object, or of one that it was made of or that was made of it. */
export function lineageOf(session: object): unknown {
  return holders.get(session)?.lineage;
}

/** One and the same object for all that were made of one another. */
export function originOf(session: object): object {
  return holders.get(session) ?? session;
}

/**
 * Says that one object was made of another: hosts copy what a store answers. Without it a store with compare-and-set
 * cannot tell what a request had read, and the later of two writes wins.
 */
export function passLineage(from: unknown, to: object): void {
  const holder = typeof from === 'object' && from !== null ? holders.get(from) : undefined;
  if (holder !== undefined) holders.set(to, holder);
}
