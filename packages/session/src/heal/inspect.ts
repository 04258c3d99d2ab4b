import { type CompiledKey, type CompiledShape, DANGEROUS } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { lookUp, tableFor } from '../shape/name-table.ts';

/** What a look at a session has found. */
export interface Inspection {
  /** Nothing is to be done. */
  readonly isClean: boolean;
  /** It has own names that would break its host. */
  readonly hasDangerous: boolean;
  /** Keys whose schema refused them; the other enumerable ones are right. `undefined` if not all could be asked. */
  readonly wrong: readonly CompiledKey[] | undefined;
}

const CLEAN: Inspection = { isClean: true, hasDangerous: false, wrong: [] };
const UNKNOWN: Inspection = { isClean: false, hasDangerous: true, wrong: undefined };
const NONE: readonly CompiledKey[] = [];

function hasEnumerable(prototype: object): boolean {
  for (const _ in prototype) return true;
  return false;
}

function look(session: object, rules: CompiledShape): Inspection {
  const prototype = Object.getPrototypeOf(session) as object | null;
  // Somebody else's names would pass for the session's own.
  if (prototype !== null && hasEnumerable(prototype)) return UNKNOWN;
  const table = tableFor(prototype, rules);
  let at = 0;
  let identity = 0;
  let authority = 0;
  let filled = 0;
  let hasDangerous = false;
  let wrong: CompiledKey[] | undefined;
  for (const name in session) {
    const key = lookUp(table, name, at);
    at += 1;
    if (key === undefined) continue;
    if (key === DANGEROUS) {
      hasDangerous = true;
      continue;
    }
    const value: unknown = (session as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (!isRight(key, value)) {
      wrong ??= [];
      wrong.push(key);
      continue;
    }
    if (key.isFilled) filled += 1;
    if (key.kind === 'identity') identity += 1;
    else if (key.kind === 'authority') authority += 1;
  }
  const isOpen = authority === 0 || identity === rules.identity.length;
  if (wrong === undefined && !hasDangerous && isOpen && filled === rules.filled) return CLEAN;
  return { isClean: false, hasDangerous, wrong: wrong ?? NONE };
}

/**
 * Looks at all keys of a session once, in the order in which it has them, and asks their schemas. Most sessions are
 * healthy, and this is all that is done for them: no object is made, and no descriptor read.
 */
export function inspect(session: object, rules: CompiledShape): Inspection {
  try {
    return look(session, rules);
  } catch {
    return UNKNOWN; // a getter or a trap that throws
  }
}
