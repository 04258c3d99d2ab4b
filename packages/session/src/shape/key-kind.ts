/**
 * What a key is: who the user is (`identity`), what the user may do (`authority`), or what the user likes
 * (`preference`). Only the last may be invented by healing.
 */
export type KeyKind = 'identity' | 'authority' | 'preference';
