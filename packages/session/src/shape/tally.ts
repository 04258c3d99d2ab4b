import type { KeyKind } from './key-kind.ts';

/** What is counted of a key that is there and right. */
interface Counted {
  readonly kind: KeyKind;
  readonly isFilled: boolean;
}

/**
 * How the keys of a shape are counted in one number, one addition for each: the places of a number whose digits are
 * those that are filled where they are missing, the identities, and the authorities. Three counters would take as long
 * as some schemas.
 */
export interface Tally {
  /** What one more identity adds. */
  readonly identity: number;
  /** What one more authority adds. */
  readonly authority: number;
  /** All of them are there. */
  readonly full: number;
}

const count = (keys: readonly Counted[], is: (key: Counted) => boolean): number => keys.filter(is).length;

/** Says how the keys of a shape are counted. */
export function tallyOf(keys: readonly Counted[]): Tally {
  const filled = count(keys, ({ isFilled }) => isFilled);
  const identities = count(keys, ({ kind }) => kind === 'identity');
  const identity = filled + 1;
  const authority = identity * (identities + 1);
  const authorities = count(keys, ({ kind }) => kind === 'authority');
  return { identity, authority, full: filled + identities * identity + authorities * authority };
}

/** What a key adds where it is there and right. */
export function weightOf({ kind, isFilled }: Counted, { identity, authority }: Tally): number {
  return (isFilled ? 1 : 0) + (kind === 'identity' ? identity : kind === 'authority' ? authority : 0);
}

/**
 * Tells whether nothing is to be done in a session whose right keys add up to this: what is filled is there, and there
 * is no authority without all of the identity.
 */
export function isComplete(sum: number, { identity, authority, full }: Tally): boolean {
  if (sum === full) return true;
  if (sum % identity !== identity - 1) return false;
  return sum < authority || sum % authority === authority - 1;
}
