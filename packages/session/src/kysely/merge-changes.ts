import { SEAL_KEY, VERSION_KEY } from '../shape/reserved-names.ts';
import { sameValue } from '../shape/same-value.ts';
import type { OnConflict, SessionConflict } from './on-conflict.ts';
import type { SessionKeys } from './session-text.ts';

/** Which keys belong together, and what becomes of one that both have changed. */
export interface MergeRules {
  readonly identity: readonly string[];
  readonly authority: readonly string[];
  readonly onConflict: OnConflict;
  /** The defaults that healing puts in, by key. */
  readonly defaults: ReadonlyMap<string, () => unknown>;
}

/**
 * What two writes of one session make together: its keys, with those that both had changed; or nothing, because the
 * session is another user's by now (`left`), or because the two must not be mixed (`refused`).
 */
export type Merged =
  | { readonly keys: SessionKeys; readonly conflicts: readonly string[] }
  | 'left'
  | 'refused';

type Decision = { readonly value: unknown } | undefined;

const differs = (a: SessionKeys, b: SessionKeys, key: string): boolean =>
  Object.hasOwn(a, key) !== Object.hasOwn(b, key) || !sameValue(a[key], b[key]);

const differAny = (a: SessionKeys, b: SessionKeys, keys: readonly string[]): boolean =>
  keys.some((key) => differs(a, b, key));

/** Asks the application; what throws or answers later has not decided. */
function decide(onConflict: (conflict: SessionConflict) => unknown, conflict: SessionConflict): Decision {
  try {
    const value = onConflict(conflict);
    if (typeof (value as PromiseLike<unknown> | null | undefined)?.then !== 'function') return { value };
    Promise.resolve(value).catch(() => {});
  } catch {}
  return undefined;
}

/** What counters and lists begin with. */
const isEmpty = (value: unknown): boolean =>
  value === 0 || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/**
 * Tells whether two writes of one value are one: a text set twice is, and a default put in twice; a counter that was
 * raised to 6 twice is not.
 */
function isOneWrite(key: string, isNew: boolean, value: unknown, { defaults }: MergeRules): boolean {
  if (typeof value !== 'number' && (typeof value !== 'object' || value === null)) return true;
  return isNew && (isEmpty(value) || sameValue(value, defaults.get(key)?.()));
}

const under = (keys: SessionKeys, key: string): unknown => (Object.hasOwn(keys, key) ? keys[key] : undefined);

/**
 * Brings what one request changed (`base` to `saved`) into what another has stored meanwhile. Identity, authority,
 * version and seal stand and fall together: a role is never moved to another user.
 */
export function mergeChanges(
  base: SessionKeys,
  stored: SessionKeys,
  saved: SessionKeys,
  rules: MergeRules,
): Merged {
  const { identity, authority, onConflict } = rules;
  const hadUser = identity.some((key) => Object.hasOwn(base, key));
  if (hadUser && differAny(base, stored, identity) && differAny(saved, stored, identity)) {
    return differAny(base, saved, identity) ? 'refused' : 'left';
  }
  const login = [...identity, ...authority, VERSION_KEY, SEAL_KEY];
  const bothChanged = differAny(base, stored, login) && differAny(base, saved, login);
  if (bothChanged && differAny(stored, saved, login)) return 'refused';
  const merged = new Map(Object.entries(stored));
  const conflicts: string[] = [];
  for (const key of new Set([...Object.keys(base), ...Object.keys(saved)])) {
    if (!differs(base, saved, key)) continue;
    let value = under(saved, key);
    const isSame = !differs(stored, saved, key);
    const isOne = isSame && (login.includes(key) || isOneWrite(key, !Object.hasOwn(base, key), value, rules));
    if (differs(base, stored, key) && !isOne) {
      if (onConflict === 'refuse') return 'refused';
      conflicts.push(key);
      if (typeof onConflict === 'function') {
        const values = { base: under(base, key), stored: under(stored, key), saved: value };
        const decision = decide(onConflict, { key, ...values });
        if (decision === undefined) return 'refused';
        value = decision.value;
      }
    }
    if (value === undefined) merged.delete(key);
    else merged.set(key, value);
  }
  return { keys: Object.fromEntries(merged), conflicts };
}
