import { pendingAt, storedOf } from '../defaults/pending.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';
import { HOST_METHODS, PROTOTYPE_NAMES } from '../shape/reserved-names.ts';
import type { Healed, SessionKeys } from '../shape/types.ts';

import { type Budget, copyJson, NotKept } from './copy-json.ts';
import { healSession } from './heal-session.ts';
import { publishRepairs } from './publish-repairs.ts';
import type { Repair } from './repair.ts';
import { typeName } from './type-name.ts';

const FORBIDDEN: ReadonlySet<string> = new Set([...PROTOTYPE_NAMES, ...HOST_METHODS]);

/** Names of unknown keys are cut in reports. */
const MAX_NAME = 100;

/** Copies one key into the new session; answers the type of what could not be kept. */
function copyKey(
  from: object,
  to: Record<string, unknown>,
  name: string,
  budget: Budget,
): string | undefined {
  try {
    const property = Object.getOwnPropertyDescriptor(from, name);
    if (property === undefined) return undefined;
    const shown = pendingAt(from, name); // healed before: what counts is what is stored
    if (shown === undefined && !('value' in property)) return 'getter';
    const value: unknown = shown === undefined ? property.value : storedOf(shown);
    if (value === undefined) return undefined;
    if (FORBIDDEN.has(name)) return typeName(value);
    if (name.length > budget.bytes) return 'too large';
    to[name] = copyJson(value, budget);
    return undefined;
  } catch (error) {
    return error instanceof NotKept ? error.message : 'unreadable';
  }
}

/** The names of what a value holds, as many as may be read; `undefined` if it is nothing that holds names. */
function namesOf(anything: unknown, maxKeys: number): string[] | undefined {
  if (typeName(anything) !== 'object') return undefined;
  try {
    const names: string[] = [];
    for (const name of Object.getOwnPropertyNames(anything)) {
      if (names.push(name) > maxKeys) break;
    }
    return names;
  } catch {
    return undefined; // a proxy whose traps throw
  }
}

/** Copies what can be kept, known keys first so that junk does not use up what they need. */
function copySession(anything: object, names: string[], rules: CompiledShape, repairs: Repair[]) {
  const data: Record<string, unknown> = {};
  const wrong = new Map<string, string>();
  const { maxBytes: bytes, maxDepth } = rules;
  const budget: Budget = { bytes, visits: 4 * bytes, maxDepth, protoKeys: 'drop' };
  for (const { name, kind } of [...rules.identity, ...rules.authority, ...rules.preference]) {
    // An identity or an authority is what is stored, or nothing: not even this much is taken out of it.
    budget.protoKeys = kind === 'preference' ? 'drop' : 'refuse';
    const found = copyKey(anything, data, name, budget);
    if (found !== undefined) wrong.set(name, found);
  }
  budget.protoKeys = 'drop';
  for (const name of names.slice(0, rules.maxKeys)) {
    if (rules.names.has(name)) continue;
    const found = copyKey(anything, data, name, budget);
    if (found !== undefined)
      repairs.push({ key: name.slice(0, MAX_NAME), kind: 'unknown', action: 'removed', found });
  }
  return { data, wrong };
}

/** `shape.heal`: makes a session out of anything, and never throws. */
export function healAnything<K extends SessionKeys>(anything: unknown, rules: CompiledShape): Healed<K> {
  const repairs: Repair[] = [];
  const names = namesOf(anything, rules.maxKeys);
  if (names === undefined)
    repairs.push({ key: '', kind: 'session', action: 'reset', found: typeName(anything) });
  if (names !== undefined && names.length > rules.maxKeys) {
    repairs.push({ key: '', kind: 'session', action: 'removed', found: 'too many keys' });
  }
  const { data, wrong } = copySession(
    names === undefined ? {} : (anything as object),
    names ?? [],
    rules,
    repairs,
  );
  healSession(data, rules, repairs, undefined, wrong.size === 0 ? undefined : wrong);
  publishRepairs(repairs);
  return { data: data as Healed<K>['data'], repairs };
}
