import { type CompiledKey, type CompiledShape, DANGEROUS, type NameTable } from './compiled-shape.ts';
import { PROTOTYPE_NAMES } from './reserved-names.ts';

/** Names of the methods that an object has from its prototypes; accessors are not called. */
function methodsOf(prototype: object | null): Set<string> {
  const names = new Set<string>();
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function') names.add(name);
  }
  return names;
}

/** Places before those of the keys that a host's own keys may take. */
const HOST_PLACES = 8;

/** Makes the table of names for objects with a prototype. A method's name is dangerous even if a key has it as well. */
export function makeTable(prototype: object | null, keys: readonly CompiledKey[]): NameTable {
  const table = new Map<string, CompiledKey | typeof DANGEROUS>(keys.map((key) => [key.name, key]));
  for (const name of [...PROTOTYPE_NAMES, ...methodsOf(prototype)]) table.set(name, DANGEROUS);
  return {
    byName: table,
    lastAt: Array.from({ length: keys.length + HOST_PLACES }, () => undefined),
    heir: Object.create(prototype) as object,
  };
}

/** The table of names for a session, made once for each prototype. */
export function tableFor(prototype: object | null, rules: CompiledShape): NameTable {
  if (prototype === Object.prototype) return rules.plainTable;
  const known = prototype === null ? undefined : rules.tables.get(prototype);
  if (known !== undefined) return known;
  const table = makeTable(prototype, [...rules.identity, ...rules.authority, ...rules.preference]);
  if (prototype !== null) rules.tables.set(prototype, table);
  return table;
}

/** What is known of a name, by its place in the session where that is the usual one: a hash is asked for the others. */
export function lookUp(
  { byName, lastAt }: NameTable,
  name: string,
  at: number,
): ReturnType<typeof byName.get> {
  const last = at < lastAt.length ? lastAt[at] : undefined;
  if (last !== undefined && last.name === name) return last;
  const found = byName.get(name);
  if (at < lastAt.length && typeof found === 'object') lastAt[at] = found;
  return found;
}
