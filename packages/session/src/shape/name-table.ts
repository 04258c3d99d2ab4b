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

/** Makes the table of names for objects with a prototype. A method's name is dangerous even if a key has it as well. */
export function makeTable(prototype: object | null, keys: readonly CompiledKey[]): NameTable {
  const table = new Map<string, CompiledKey | typeof DANGEROUS>(keys.map((key) => [key.name, key]));
  for (const name of [...PROTOTYPE_NAMES, ...methodsOf(prototype)]) table.set(name, DANGEROUS);
  return table;
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
