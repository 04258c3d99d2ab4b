import type { Repair } from '../heal/repair.ts';
import { typeName } from '../heal/type-name.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';

function fails(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

function kindOf(name: string, rules: CompiledShape): Repair['kind'] {
  const known = [...rules.identity, ...rules.authority, ...rules.preference].find((key) => key.name === name);
  return known?.kind ?? 'unknown';
}

/**
 * Answers a session as a store can write it: itself, or a copy without the keys that JSON refuses (circular, BigInt),
 * so that one of them does not take the others with it.
 */
export function storable(session: object, rules: CompiledShape, dropped: Repair[]): object {
  if (!fails(session)) return session;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(session)) {
    const value: unknown = (session as Record<string, unknown>)[name];
    if (!fails(value)) copy[name] = value;
    else dropped.push({ key: name, kind: kindOf(name, rules), action: 'removed', found: typeName(value) });
  }
  return copy;
}
