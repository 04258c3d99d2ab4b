import { isPending, pendingAt, show } from '../defaults/pending.ts';
import type { CompiledKey } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { sameValue } from '../shape/same-value.ts';
import { change } from './change.ts';
import { type Healing, isForRequestOnly } from './healing.ts';
import { typeName } from './type-name.ts';

/** What stands under a key: the type of a value that may not stay, or one of three words. */
type Found = 'right' | 'missing' | 'shown' | { readonly wrong: string };

function look({ session, known, wrong: asked }: Healing, key: CompiledKey): Found {
  const wrong = known?.get(key.name);
  if (wrong !== undefined) return { wrong };
  const property = Object.getOwnPropertyDescriptor(session, key.name);
  if (property === undefined) return 'missing';
  if (!('value' in property)) return isPending(session, key.name) ? 'shown' : { wrong: 'getter' };
  if (property.value === undefined) return 'missing';
  if (asked !== undefined && property.enumerable === true) {
    return asked.includes(key) ? { wrong: typeName(property.value) } : 'right';
  }
  return isRight(key, property.value) ? 'right' : { wrong: typeName(property.value) };
}

const typeOf = (found: Found): string =>
  typeof found === 'object' ? found.wrong : found === 'right' ? 'withdrawn' : found;

/** Shows a value, or nothing, in place of what is stored. */
function showInstead(
  { session, known }: Healing,
  key: CompiledKey,
  value: unknown,
  until: 'restore' | 'never',
): void {
  const property = Object.getOwnPropertyDescriptor(session, key.name);
  const isKept = until === 'never' && property !== undefined && 'value' in property && !known?.has(key.name);
  show(session, key.name, {
    make: () => value,
    until,
    original: isKept ? { value: property.value } : undefined,
  });
}

/** Gives a key a value, or none, and tells so. */
function mend(healing: Healing, key: CompiledKey, found: Found, value: unknown): void {
  const { session, repairs } = healing;
  const forRequestOnly = isForRequestOnly(healing, key);
  const isRestorable = key.restore !== undefined;
  const changesNothing = found === 'missing' && value === undefined;
  if (changesNothing && !(forRequestOnly && isRestorable)) return;
  if (forRequestOnly) showInstead(healing, key, value, 'never');
  // Not stored: with the least in its place nobody would be asked for the value again.
  else if (isRestorable && value !== undefined) showInstead(healing, key, value, 'restore');
  else change(session, key.name, value);
  if (changesNothing) return;
  const action = value === undefined ? 'removed' : found === 'missing' ? 'defaulted' : 'replaced';
  repairs.push({ key: key.name, kind: key.kind, action, found: typeOf(found) });
}

/** Removes what does not belong to an intact identity; answers whether there is one. */
function healIdentity(healing: Healing): boolean {
  const { identity } = healing.rules;
  let intact = identity.length > 0;
  let wrong = false;
  const found: Found[] = [];
  for (const key of identity) {
    const one = look(healing, key);
    found.push(one);
    // Every identity key, not just one: a row that lost `userId` but kept `tenantId` and `role` opens nothing.
    if (one !== 'right') intact = false;
    if (typeof one === 'object') wrong = true;
  }
  if (wrong) {
    identity.forEach((key, index) => {
      const one = found[index] as Found;
      if (one !== 'missing' && one !== 'shown') mend(healing, key, one, undefined);
    });
  }
  return intact;
}

function healAuthority(healing: Healing, key: CompiledKey, intact: boolean): void {
  const found = look(healing, key);
  if (found === 'shown' || (found === 'right' && intact)) return;
  const least = key.fresh();
  if (found === 'right' && least !== undefined) {
    const stored: unknown = Object.getOwnPropertyDescriptor(healing.session, key.name)?.value;
    if (sameValue(stored, least)) return;
  }
  mend(healing, key, found, least);
}

function healPreference(healing: Healing, key: CompiledKey): void {
  const found = look(healing, key);
  if (found === 'right' || found === 'shown') return;
  mend(healing, key, found, key.fresh());
}

/** Puts defaults where nothing stands; touches nothing else. */
export function fillMissing(healing: Healing): void {
  const { session, rules } = healing;
  for (const key of [...rules.authority, ...rules.preference]) {
    if (pendingAt(session, key.name) !== undefined) continue;
    const property = Object.getOwnPropertyDescriptor(session, key.name);
    if (property !== undefined && (!('value' in property) || property.value !== undefined)) continue;
    const value = key.fresh();
    if (value !== undefined) mend(healing, key, 'missing', value);
  }
}

/** Heals the keys of an object in place by the rules of its shape: identity, then authority, then the rest. */
export function applyRules(healing: Healing): void {
  const { authority, preference } = healing.rules;
  const intact = healIdentity(healing);
  for (const key of authority) healAuthority(healing, key, intact);
  for (const key of preference) healPreference(healing, key);
}
