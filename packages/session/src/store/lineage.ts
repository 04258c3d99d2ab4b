const lineages = new WeakMap<object, unknown>();

/** Notes what a store knows of a session that it has handed out or written: where a later write of it begins. */
export function setLineage(session: object, lineage: unknown): void {
  lineages.set(session, lineage);
}

/** Answers what {@link setLineage} noted of this very object. */
export function lineageOf(session: object): unknown {
  return lineages.get(session);
}

/**
 * Says that one object was made of another: hosts copy what a store answers. Without it a store with compare-and-set
 * cannot tell what a request had read, and the later of two writes wins.
 */
export function passLineage(from: object, to: object): void {
  const lineage = lineages.get(from);
  if (lineage !== undefined) lineages.set(to, lineage);
}
