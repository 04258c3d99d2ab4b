import type { Repair } from '../heal/repair.ts';
import type { SealOptions } from '../seal/seal-options.ts';
import type { CompiledShape, SHAPE } from './compiled-shape.ts';
import type { KeyKind } from './key-kind.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/** Any value that is not a symbol or a bigint, written so that TypeScript keeps `'guest'` and does not widen it to `string`. */
type Value = '' | (string & {}) | 0 | (number & {}) | boolean | object | null | undefined;

/** A key that says who the user is: never invented, never coerced, absent where it is not right. */
export interface IdentityKey {
  readonly kind: 'identity';
  /** Any synchronous Standard Schema: zod, valibot, arktype. It must not change what it is given. */
  readonly schema: StandardSchemaV1;
  /**
   * The name, or names, that it had in older versions. A migration may change the name of an identity in this way,
   * never its value. @defaultValue none
   */
  readonly renamedFrom?: string | readonly string[];
}

/** A key that says what the user may do: taken away where it is not right or where no identity stands beside it. */
export interface AuthorityKey {
  readonly kind: 'authority';
  /** Any synchronous Standard Schema: zod, valibot, arktype. It must not change what it is given. */
  readonly schema: StandardSchemaV1;
  /** The least that anybody has, put where the key is absent or was removed. @defaultValue none: the key stays absent */
  readonly leastPrivilege?: unknown;
  /**
   * Asks for the value again where it is gone, beside an intact identity: {@link restoreAuthority} calls it with a copy
   * of the identity and nothing else, waits 1 s at most, and keeps an answer that passes the schema unchanged.
   * `undefined` and `null` are no answer. @defaultValue none: the key stays absent
   */
  // biome-ignore lint/suspicious/noExplicitAny: TypeScript fixes `s` in `restore: (s) => …` before it knows the identity
  readonly restore?: (identity: Readonly<Record<string, any>>) => Value | PromiseLike<Value>;
}

/** A key that may be repaired. */
export interface PreferenceKey {
  readonly kind: 'preference';
  /** Any synchronous Standard Schema. Its output is only compared with what is stored, never stored itself. */
  readonly schema: StandardSchemaV1;
  /** A value (cloned for each use) or a function called each time. @defaultValue none: a wrong value is removed */
  readonly default?: Value | (() => Value);
}

/** One key of a session. */
export type SessionKey = IdentityKey | AuthorityKey | PreferenceKey;

/** The keys of a session by name. */
export type SessionKeys = Readonly<Record<string, SessionKey>>;

type OutputOf<K> = K extends { readonly schema: infer S extends StandardSchemaV1 }
  ? StandardSchemaV1.InferOutput<S>
  : never;

type NamesOf<K extends SessionKeys, Kind extends KeyKind> = {
  [Name in keyof K]: K[Name] extends { readonly kind: Kind } ? Name : never;
}[keyof K];

/** What `restore` is given: a copy of the identity, all of it intact. */
export type SessionIdentity<K extends SessionKeys> = {
  readonly [Name in NamesOf<K, 'identity'>]: OutputOf<K[Name]>;
};

type Restored<T> = T | null | undefined | PromiseLike<T | null | undefined>;

/** Holds a default, a least privilege and what `restore` answers to the type of its own schema. */
export type CheckedKeys<K extends SessionKeys> = {
  readonly [Name in keyof K]: K[Name] extends { readonly kind: 'preference' }
    ? { readonly default?: OutputOf<K[Name]> | (() => OutputOf<K[Name]>) }
    : K[Name] extends { readonly kind: 'authority' }
      ? {
          readonly leastPrivilege?: OutputOf<K[Name]>;
          readonly restore?: (identity: SessionIdentity<K>) => Restored<OutputOf<K[Name]>>;
        }
      : unknown;
};

/**
 * A step from the version before: pure, on a copy of the session without what belongs to its host. It answers the new
 * session, or changes the one it is given and answers nothing.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that answers nothing is one of the two forms
export type Migration = (session: Record<string, unknown>) => Record<string, unknown> | void;

/** What {@link defineSession} takes. */
export interface SessionDefinition<K extends SessionKeys> {
  /** Release of the shape, an integer from 1. @defaultValue 1 */
  readonly version?: number;
  /** The keys that this application knows; every other key of a session is left alone. */
  readonly keys: K & CheckedKeys<K>;
  /**
   * Steps by the version that they lead to, from 2 to `version`; a version without one changed nothing that must be
   * moved. All are taken, or none: if one throws, the session is healed as it is. Identity and authority keep their
   * stored values or are dropped, whatever a step answers. @defaultValue none
   */
  readonly migrations?: Readonly<Record<number, Migration>>;
  /** Makes adapters seal what they store. @defaultValue none */
  readonly seal?: SealOptions;
  /** How many keys `heal` reads at most. @defaultValue 256 */
  readonly maxKeys?: number;
  /** How deep `heal` reads at most. @defaultValue 32 */
  readonly maxDepth?: number;
  /** How many bytes of JSON `heal` reads at most. @defaultValue 65,536 */
  readonly maxBytes?: number;
}

type Defaulted<K extends SessionKeys> = {
  [Name in keyof K]: K[Name] extends { readonly kind: 'preference'; readonly default: unknown }
    ? Name
    : never;
}[keyof K];

type Flat<T> = { [Name in keyof T]: T[Name] };

/** What a session with these keys holds after healing. */
export type SessionData<K extends SessionKeys> = Flat<
  { -readonly [Name in Defaulted<K>]: OutputOf<K[Name]> } & {
    -readonly [Name in Exclude<keyof K, Defaulted<K>>]?: OutputOf<K[Name]> | undefined;
  }
>;

/** What {@link SessionShape.heal} answers. */
export interface Healed<K extends SessionKeys> {
  /** A new object that shares nothing with what was given; keys that the shape does not know are kept. */
  readonly data: SessionData<K>;
  /** What was done, empty for a healthy session. */
  readonly repairs: Repair[];
}

/** What {@link defineSession} answers: the rules by which sessions are healed. */
export interface SessionShape<K extends SessionKeys = SessionKeys> {
  readonly version: number;
  /** The keys as they were defined. */
  readonly keys: K;
  /** Heals a raw value into a new object; never throws, whatever comes in. */
  heal(anything: unknown): Healed<K>;
  /** @internal */
  readonly [SHAPE]: CompiledShape;
}

/**
 * The type of a healed session: identity and authority optional, a preference with a default never `undefined`.
 *
 * @example
 * ```ts
 * import { defineSession, type InferSession } from '@resilient/session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const session: InferSession<typeof shape> = { xp: 3 };
 * ```
 */
export type InferSession<S> = S extends { readonly keys: infer K extends SessionKeys }
  ? SessionData<K>
  : never;
