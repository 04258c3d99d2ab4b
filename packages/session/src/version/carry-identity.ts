import type { CompiledKey } from '../shape/compiled-shape.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * What becomes of each identity and of its old names: the value that is stored, byte for byte, where the migration kept
 * it under one of its names, and nothing where it dropped it. What it made of the value does not count.
 */
export function carryIdentity(
  session: object,
  before: Row,
  after: Row,
  keys: readonly CompiledKey[],
): Map<string, unknown> {
  const carried = new Map<string, unknown>();
  for (const { name, renamedFrom } of keys) {
    const names = [name, ...renamedFrom];
    const stored = names.find((one) => before[one] !== undefined);
    const isKept = names.some((one) => after[one] !== undefined);
    for (const old of renamedFrom)
      if (before[old] !== undefined || after[old] !== undefined) carried.set(old, undefined);
    if (stored === undefined && after[name] === undefined) continue; // nothing that the migration could see
    carried.set(name, stored === undefined || !isKept ? undefined : Reflect.get(session, stored));
  }
  return carried;
}
