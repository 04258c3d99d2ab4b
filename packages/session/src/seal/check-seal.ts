import { timingSafeEqual } from 'node:crypto';
import { change } from '../heal/change.ts';
import type { Repair } from '../heal/repair.ts';
import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import { SEAL_KEY } from '../shape/reserved-names.ts';
import { storedVersion } from '../version/stored-version.ts';
import { macOf } from './mac-of.ts';
import { readSeal, type StoredSeal } from './read-seal.ts';
import type { CompiledSeal } from './seal-options.ts';

/** Sessions whose seal was found right: what a handler changes in them afterwards is no damage. */
const checked = new WeakSet<object>();

function isRight({ mac, names }: StoredSeal, seal: CompiledSeal, session: object, id: string): boolean {
  return seal.keys.some((secret) => {
    const expected = macOf(secret, id, session, names);
    return expected !== undefined && mac.length === expected.length && timingSafeEqual(mac, expected);
  });
}

/** The names under which a session may hold what must be sealed: before its migration, those of older versions too. */
function namesOf({ name, renamedFrom }: CompiledKey, isOld: boolean): readonly string[] {
  return isOld ? [name, ...renamedFrom] : [name];
}

/**
 * Checks the seal of a session that was loaded, once. With a wrong seal, identity and authority are removed; without
 * one as well, unless the shape accepts that. A key that the seal does not cover is removed alone.
 */
export function checkSeal(session: object, rules: CompiledShape, id: string): Repair[] {
  const { seal } = rules;
  if (seal === undefined || checked.has(session)) return [];
  checked.add(session);
  const hasSeal = Object.hasOwn(session, SEAL_KEY);
  if (!hasSeal && seal.acceptUnsealed) return [];
  const stored = readSeal(session);
  const right = stored !== undefined && isRight(stored, seal, session, id);
  const covered: ReadonlySet<string> = new Set(right ? stored.names : []);
  const found = right || !hasSeal ? 'unsealed' : 'wrong seal';
  const isOld = storedVersion(session) < rules.version;
  const repairs: Repair[] = [];
  for (const key of [...rules.identity, ...rules.authority]) {
    for (const name of namesOf(key, isOld)) {
      if (covered.has(name) || !Object.hasOwn(session, name)) continue;
      change(session, name);
      repairs.push({ key: key.name, kind: key.kind, action: 'removed', found });
    }
  }
  if (!right && hasSeal) change(session, SEAL_KEY);
  return repairs;
}
