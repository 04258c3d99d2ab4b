import { isPending } from '../defaults/pending-defaults.ts';
import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { sameValue } from '../shape/same-value.ts';
import { change } from './change.ts';
import type { Repair } from './repair.ts';
import { typeName } from './type-name.ts';

/** What stands under a key: the type of a value that may not stay, or one of two words. */
type Found = 'right' | 'missing' | { readonly wrong: string };

/** Keys known to be wrong before the rules are asked, with the type that was found. */
export type KnownWrong = ReadonlyMap<string, string>;

const NONE: KnownWrong = new Map();

function look(session: object, key: CompiledKey, known: KnownWrong): Found {
  const wrong = known.get(key.name);
  if (wrong !== undefined) return { wrong };
  const property = Object.getOwnPropertyDescriptor(session, key.name);
  if (property === undefined) return 'missing';
  if (!('value' in property)) return isPending(session, key.name) ? 'right' : { wrong: 'getter' };
  if (property.value === undefined) return 'missing';
  return isRight(key, property.value) ? 'right' : { wrong: typeName(property.value) };
}

function remove(session: object, key: CompiledKey, found: Found, repairs: Repair[]): void {
  if (found === 'missing' || isPending(session, key.name)) return;
  change(session, key.name);
  const type = found === 'right' ? 'withdrawn' : found.wrong;
  repairs.push({ key: key.name, kind: key.kind, action: 'removed', found: type });
}

/** Removes what does not belong to an intact identity; answers whether there is one. */
function healIdentity(session: object, rules: CompiledShape, known: KnownWrong, repairs: Repair[]): boolean {
  const found = rules.identity.map((key) => look(session, key, known));
  if (found.some((one) => typeof one === 'object')) {
    rules.identity.forEach((key, index) => {
      remove(session, key, found[index] as Found, repairs);
    });
    return false;
  }
  // Every identity key, not just one: a row that lost `userId` but kept `tenantId` and `role` opens nothing.
  return found.length > 0 && found.every((one) => one === 'right');
}

function healAuthority(
  session: object,
  key: CompiledKey,
  intact: boolean,
  known: KnownWrong,
  repairs: Repair[],
): void {
  const found = look(session, key, known);
  if (found === 'right' && (intact || isPending(session, key.name))) return;
  const least = key.fresh();
  if (found === 'right' && least !== undefined) {
    if (sameValue(Object.getOwnPropertyDescriptor(session, key.name)?.value, least)) return;
  }
  if (least === undefined) remove(session, key, found, repairs);
  else put(session, key, found, least, repairs);
}

function put(session: object, key: CompiledKey, found: Found, value: unknown, repairs: Repair[]): void {
  change(session, key.name, value);
  const { name, kind } = key;
  if (found === 'missing') repairs.push({ key: name, kind, action: 'defaulted', found });
  else {
    const type = found === 'right' ? 'withdrawn' : found.wrong;
    repairs.push({ key: name, kind, action: 'replaced', found: type });
  }
}

/** Puts defaults where nothing stands; touches nothing else. */
export function fillMissing(session: object, rules: CompiledShape, repairs: Repair[]): void {
  for (const key of [...rules.authority, ...rules.preference]) {
    const property = Object.getOwnPropertyDescriptor(session, key.name);
    if (property !== undefined && (!('value' in property) || property.value !== undefined)) continue;
    const value = key.fresh();
    if (value !== undefined) put(session, key, 'missing', value, repairs);
  }
}

/** Heals the keys of an object in place by the rules of its shape: identity, then authority, then the rest. */
export function applyRules(
  session: object,
  rules: CompiledShape,
  repairs: Repair[],
  known: KnownWrong = NONE,
): void {
  const intact = healIdentity(session, rules, known, repairs);
  for (const key of rules.authority) healAuthority(session, key, intact, known, repairs);
  for (const key of rules.preference) {
    const found = look(session, key, known);
    if (found === 'right') continue;
    const value = key.fresh();
    if (value !== undefined) put(session, key, found, value, repairs);
    else remove(session, key, found, repairs);
  }
}
