import { asRecord } from '../counting/as-record.ts';
import { FLEET_TYPES, OTHER } from '../defaults.ts';

/** The first 100 of a list of counts, greatest first, by name; what the rest counted is in `_OTHER`. */
export function mostOf(counts: readonly (readonly [name: string, count: number])[]): Record<string, number> {
  const most = new Map<string, number>();
  for (const [name, count] of counts) {
    const kept = most.size < FLEET_TYPES || most.has(name) ? name : OTHER;
    most.set(kept, (most.get(kept) ?? 0) + count);
  }
  return asRecord([...most]);
}
