import { isPending, pendingAt, show } from '../defaults/pending.ts';
import type { CompiledKey } from '../shape/compiled-shape.ts';
import { isRight } from '../shape/is-right.ts';
import { sameValue } from '../shape/same-value.ts';
import { change, remove, replace } from './change.ts';
import { type Healing, isForRequestOnly } from './healing.ts';
import { typeName } from './type-name.ts';

/** What stands under a key, and in one word what of. */
interface Found {
  readonly is: 'right' | 'wrong' | 'missing' | 'shown';
  readonly type: string;
  /** It is enumerable, and was found wrong by the first look. */
  readonly isListed: boolean;
}

const RIGHT: Found = { is: 'right', type: 'withdrawn', isListed: false };
const MISSING: Found = { is: 'missing', type: 'missing', isListed: false };
const SHOWN: Found = { is: 'shown', type: 'shown', isListed: false };

const wrongly = (type: string, isListed = false): Found => ({ is: 'wrong', type, isListed });

function look({ session, known, wrong: listed }: Healing, key: CompiledKey): Found {
  for (let at = 0; listed !== undefined && at < listed.length; at += 1)
    if (listed[at]?.key === key) return wrongly(typeName(listed[at]?.value), true);
  const type = known?.get(key.name);
  if (type !== undefined) return wrongly(type);
  const property = Object.getOwnPropertyDescriptor(session, key.name);
  if (property === undefined) return MISSING;
  if (!('value' in property)) return isPending(session, key.name) ? SHOWN : wrongly('getter');
  if (property.value === undefined) return MISSING;
  if (listed !== undefined && property.enumerable === true) return RIGHT;
  return isRight(key, property.value) ? RIGHT : wrongly(typeName(property.value));
}

/** Shows a value, or nothing, in place of what is stored. */
function showInstead(
  { session, known }: Healing,
  { name }: CompiledKey,
  value: unknown,
  until: 'restore' | 'never',
): void {
  const property = Object.getOwnPropertyDescriptor(session, name);
  const isKept = until === 'never' && property !== undefined && 'value' in property && !known?.has(name);
  show(session, name, {
    make: () => value,
    until,
    original: isKept ? { value: property.value } : undefined,
  });
}

/** Gives a key a value, or none, and tells so. */
function mend(healing: Healing, key: CompiledKey, { is, type, isListed }: Found, value: unknown): void {
  const { session, repairs } = healing;
  const forRequestOnly = isForRequestOnly(healing, key);
  const isRestorable = key.restore !== undefined;
  const changesNothing = is === 'missing' && value === undefined;
  if (changesNothing && !(forRequestOnly && isRestorable)) return;
  if (forRequestOnly) showInstead(healing, key, value, 'never');
  // Not stored: with the least in its place nobody would be asked for the value again.
  else if (isRestorable && value !== undefined) showInstead(healing, key, value, 'restore');
  else if (value === undefined) healing.removed.push(key.name);
  else if (isListed) replace(session, key.name, value);
  else change(session, key.name, value);
  if (changesNothing) return;
  const action = value === undefined ? 'removed' : is === 'missing' ? 'defaulted' : 'replaced';
  repairs.push({ key: key.name, kind: key.kind, action, found: type });
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
    if (one.is !== 'right') intact = false;
    if (one.is === 'wrong') wrong = true;
  }
  if (wrong) {
    identity.forEach((key, index) => {
      const one = found[index] as Found;
      if (one.is !== 'missing' && one.is !== 'shown') mend(healing, key, one, undefined);
    });
  }
  return intact;
}

function healAuthority(healing: Healing, key: CompiledKey, intact: boolean): void {
  const found = look(healing, key);
  if (found.is === 'shown' || (found.is === 'right' && intact)) return;
  const least = key.fresh();
  if (found.is === 'right' && least !== undefined) {
    const stored: unknown = Object.getOwnPropertyDescriptor(healing.session, key.name)?.value;
    if (sameValue(stored, least)) return;
  }
  mend(healing, key, found, least);
}

function healPreference(healing: Healing, key: CompiledKey): void {
  const found = look(healing, key);
  if (found.is === 'right' || found.is === 'shown') return;
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
    if (value !== undefined) mend(healing, key, MISSING, value);
  }
}

/** Heals the keys of an object in place by the rules of its shape: identity, then authority, then the rest. */
export function applyRules(healing: Healing): void {
  const { session, removed, rules } = healing;
  try {
    const intact = healIdentity(healing);
    for (const key of rules.authority) healAuthority(healing, key, intact);
    for (const key of rules.preference) healPreference(healing, key);
  } finally {
    // Whatever else goes wrong: authority that was found to be wrong does not stay.
    for (const name of removed) remove(session, name);
  }
}
