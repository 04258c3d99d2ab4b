import { publishRepairs } from '../heal/publish-repairs.ts';
import type { Repair } from '../heal/repair.ts';
import { typeName } from '../heal/type-name.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';

/** Hosts walk a session by recursion, in JavaScript: from some thousand levels on that ends the process. */
const MAX_DEPTH = 200;

/** Tells whether a value without cycles has more levels than a host can walk. */
function isTooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((item) => isTooDeep(item, levels - 1));
}

function isStorable(value: unknown, levels: number): boolean {
  try {
    JSON.stringify(value);
    return !isTooDeep(value, levels);
  } catch {
    return false; // circular, BigInt, a getter or `toJSON` that throws
  }
}

function kindOf(name: string, { identity, authority, preference }: CompiledShape): Repair['kind'] {
  return [...identity, ...authority, ...preference].find((key) => key.name === name)?.kind ?? 'unknown';
}

function dropKey(session: object, name: string, rules: CompiledShape): Repair | undefined {
  let found = 'unreadable';
  try {
    const value: unknown = (session as Record<string, unknown>)[name];
    if (isStorable(value, MAX_DEPTH - 1)) return undefined;
    found = typeName(value);
  } catch {
    // a getter that throws
  }
  Reflect.deleteProperty(session, name);
  return { key: name, kind: kindOf(name, rules), action: 'removed', found };
}

/**
 * Takes out of a session what no store can keep, before its host walks it: one such value would take the others with
 * it, answer 500, hang or end the process, as the host has it. Answers what was taken out.
 */
export function dropUnstorable(session: object, rules: CompiledShape): Repair[] {
  if (isStorable(session, MAX_DEPTH)) return [];
  const repairs = Object.keys(session).flatMap((name) => dropKey(session, name, rules) ?? []);
  publishRepairs(repairs);
  return repairs;
}
