import { isObserved, publish } from '@resilient/core';
import { change } from '../heal/change.ts';
import { type Budget, copyJson } from '../heal/copy-json.ts';
import type { Repair } from '../heal/repair.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';
import { HOST_METHODS, PROTOTYPE_NAMES, SEAL_KEY, VERSION_KEY } from '../shape/reserved-names.ts';
import { canonicalText } from '../text/canonical-text.ts';
import { carryIdentity } from './carry-identity.ts';

/** What migrations neither see nor change: it belongs to the host, or to this package. */
const HIDDEN: ReadonlySet<string> = new Set([
  ...PROTOTYPE_NAMES,
  ...HOST_METHODS,
  VERSION_KEY,
  SEAL_KEY,
  'cookie',
]);

/** Room for one session: more than any store takes. Strings are not copied, only counted. */
const budget = (): Budget => ({ bytes: 16_777_216, visits: 1_000_000, maxDepth: 200, protoKeys: 'drop' });

type Row = Record<string, unknown>;

/** Copies what migrations may see; what cannot be copied is left where it is. */
function viewOf(session: object): Row {
  const view: Row = {};
  const left = budget();
  for (const name of Object.keys(session)) {
    const property = Object.getOwnPropertyDescriptor(session, name);
    if (HIDDEN.has(name) || property === undefined || !('value' in property)) continue;
    if (property.value === undefined) continue;
    try {
      view[name] = copyJson(property.value, left);
    } catch {
      // circular, a function, an object of a class: nothing that a store gave back
    }
  }
  return view;
}

/** Takes the steps in order on a copy; answers what JSON keeps of the last. Throws if a step does, or answers nonsense. */
function stepsFrom(version: number, view: Row, rules: CompiledShape): Row {
  let current = structuredClone(view);
  for (let to = version + 1; to <= rules.version; to += 1) {
    const answer = rules.migrations.get(to)?.(current);
    if (answer === undefined) continue; // it changed what it was given, or there is no step
    if (typeof (answer as PromiseLike<unknown> | null)?.then === 'function') {
      Promise.resolve(answer).catch(() => {}); // its rejection must not end the process
      throw new TypeError('a migration must be synchronous');
    }
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
      throw new TypeError('a migration must answer an object');
    current = answer as Row;
  }
  return copyJson(current, budget()) as Row;
}

/** Writes what the steps made of everything but identity into the session. */
function write(session: object, before: Row, after: Row, rules: CompiledShape): void {
  const authority = new Set(rules.authority.map(({ name }) => name));
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) change(session, name);
  for (const name of Object.keys(after)) {
    if (HIDDEN.has(name)) continue;
    const isSame = Object.hasOwn(before, name) && canonicalText(before[name]) === canonicalText(after[name]);
    if (isSame) continue;
    // Authority that was not stored under its key, or not with this value, counts as missing.
    if (authority.has(name)) change(session, name);
    else change(session, name, after[name]);
  }
}

/**
 * Moves a session of an older version to this one in place, all or nothing: if a step throws, the session is left as it
 * was. An identity keeps its stored value, perhaps under a new name, or is dropped; an authority keeps its stored value
 * under its name, or is dropped.
 */
export function migrate(session: object, from: number, rules: CompiledShape, repairs: Repair[]): void {
  try {
    const before = viewOf(session);
    const after = stepsFrom(from, before, rules);
    const identity = carryIdentity(session, before, after, rules.identity);
    write(session, before, after, rules);
    for (const [name, value] of identity) change(session, name, value);
    change(session, VERSION_KEY, rules.version);
    repairs.push({ key: '', kind: 'session', action: 'migrated', found: `version ${from}` });
  } catch (error) {
    if (!isObserved('warning')) return;
    const name = error instanceof Error ? error.name : typeof error;
    const message = `a migration of sessions from version ${from} to ${rules.version} failed with ${name}: they are healed without it`;
    publish({ kind: 'warning', name: 'session', package: 'session', code: 'SESSION_MIGRATION', message });
  }
}
