/** What comes before what. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The groups of nodes that reach each other (Tarjan), those of one node left out.
 *
 * @see https://doi.org/10.1137/0201010
 */
export function findCycles(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  /** A stack of our own: a history is longer than the engine's stack is deep. */
  const work: { readonly node: string; readonly next: Iterator<string> }[] = [];

  const enter = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    stack.push(node);
    open.add(node);
    work.push({ node, next: (graph.get(node) ?? new Set<string>()).values() });
  };
  const lower = (node: string, value: number | undefined): void => {
    low.set(node, Math.min(low.get(node) as number, value as number));
  };
  const leave = (node: string): void => {
    const parent = work.at(-1)?.node;
    if (parent !== undefined) lower(parent, low.get(node));
    if (low.get(node) !== index.get(node)) return;
    const members = stack.splice(stack.lastIndexOf(node));
    for (const member of members) open.delete(member);
    if (members.length > 1) found.push(members);
  };

  for (const start of graph.keys()) {
    if (!index.has(start)) enter(start);
    for (let at = work.at(-1); at !== undefined; at = work.at(-1)) {
      const { value, done } = at.next.next();
      if (done === true) {
        work.pop();
        leave(at.node);
      } else if (!index.has(value)) enter(value);
      else if (open.has(value)) lower(at.node, index.get(value));
    }
  }
  return found;
}
