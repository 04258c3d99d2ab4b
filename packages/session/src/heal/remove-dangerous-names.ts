import { PROTOTYPE_NAMES } from '../shape/reserved-names.ts';
import { change } from './change.ts';
import type { Repair } from './repair.ts';
import { typeName } from './type-name.ts';

/** Tells whether an own value puts a method out of work that the object's host, or every object, has. */
function shadowsMethod(session: object, name: string, value: unknown): boolean {
  if (typeof value === 'function') return false;
  try {
    const prototype = Object.getPrototypeOf(session) as Record<string, unknown> | null;
    return prototype !== null && name in prototype && typeof prototype[name] === 'function';
  } catch {
    return false; // a getter of the host that wants a real session
  }
}

/**
 * Removes own keys that change what the object is (`__proto__`, `constructor`, `prototype`) or that stand in front of
 * one of its methods (`save: 1` on a host's session).
 */
export function removeDangerousNames(session: object, repairs: Repair[]): void {
  for (const name of Object.getOwnPropertyNames(session)) {
    const property = Object.getOwnPropertyDescriptor(session, name);
    if (property === undefined || !('value' in property)) continue;
    if (!PROTOTYPE_NAMES.has(name) && !shadowsMethod(session, name, property.value)) continue;
    change(session, name);
    repairs.push({ key: name, kind: 'unknown', action: 'removed', found: typeName(property.value) });
  }
}
