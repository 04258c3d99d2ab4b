import type { KeyKind } from '../shape/key-kind.ts';

/** What healing did to one key, or to the whole session. Never holds a value. */
export interface Repair {
  /** The key; empty for the session as a whole. */
  readonly key: string;
  /** What the key is; `unknown` for keys that the shape does not name, `session` for the session as a whole. */
  readonly kind: KeyKind | 'unknown' | 'session';
  readonly action: 'defaulted' | 'replaced' | 'removed' | 'migrated' | 'restored' | 'reset';
  /** The type of what was found, such as `string`, `null` or `missing`; never the value. */
  readonly found: string;
}
