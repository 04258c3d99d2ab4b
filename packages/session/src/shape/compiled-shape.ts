import type { RepeatedRepairs } from '../repeat/repeated-repairs.ts';
import type { CompiledSeal } from '../seal/seal-options.ts';
import type { KeyKind } from './key-kind.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';
import type { Tally } from './tally.ts';

/** Where a shape keeps its rules; the same symbol in every copy of the package that is loaded. */
export const SHAPE: unique symbol = Symbol.for('@resilient/session/shape') as never;

/** One key, checked and ready. */
export interface CompiledKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly schema: StandardSchemaV1;
  /** What the schema has under `~standard`, read once: with some libraries it is a getter that makes it anew. */
  readonly standard: StandardSchemaV1['~standard'];
  /** A fresh default or least privilege, shared with nobody; `undefined` where there is none. */
  readonly fresh: () => unknown;
  /** Names that an identity had in older versions, the newest first. */
  readonly renamedFrom: readonly string[];
  /** There is something to be done where it is missing: a default, or the least. */
  readonly isFilled: boolean;
  /** Where the value of an authority comes from when it is gone. */
  readonly restore: ((identity: Record<string, unknown>) => unknown) | undefined;
  /** What it adds to the sum of the keys that are there and right. */
  readonly weight: number;
}

/** A name that has nothing to do in a session. */
export const DANGEROUS = 'dangerous';

/** What is known of the names in a session: the keys of its shape, and those that would break its host. */
export interface NameTable {
  readonly byName: ReadonlyMap<string, CompiledKey | typeof DANGEROUS>;
  /** The keys by the place they had in the last session: sessions have them in the same order, mostly. */
  readonly lastAt: (CompiledKey | undefined)[];
  /** An object without names of its own, to see whether it inherits any. */
  readonly heir: object;
}

/** One step from the version before; may change what it is given, or answer a new object. */
export type CompiledMigration = (session: Record<string, unknown>) => unknown;

/** The rules of a shape. */
export interface CompiledShape {
  readonly version: number;
  readonly identity: readonly CompiledKey[];
  readonly authority: readonly CompiledKey[];
  readonly preference: readonly CompiledKey[];
  /** The authority that has a `restore`. */
  readonly restorable: readonly CompiledKey[];
  readonly names: ReadonlySet<string>;
  /** Names in a plain object; those of objects with another prototype are looked up by it. */
  readonly plainTable: NameTable;
  readonly tables: WeakMap<object, NameTable>;
  /** How keys are counted that are there and right. */
  readonly tally: Tally;
  readonly migrations: ReadonlyMap<number, CompiledMigration>;
  readonly seal: CompiledSeal | undefined;
  readonly repeats: RepeatedRepairs;
  readonly maxKeys: number;
  readonly maxDepth: number;
  readonly maxBytes: number;
}

/**
 * Answers the rules of a shape.
 *
 * @throws TypeError if it was not made by `defineSession`
 */
export function rulesOf(shape: { readonly [SHAPE]: CompiledShape }): CompiledShape {
  const rules = (shape as { [SHAPE]?: CompiledShape } | null | undefined)?.[SHAPE];
  if (rules === undefined) throw new TypeError('expected `shape` to be made by defineSession');
  return rules;
}
