/** The bounds of {@link checkNumber}. */
export interface NumberBounds {
    /** Smallest value allowed. @defaultValue `0` */
    readonly min?: number;
    /** Greatest value allowed. @defaultValue `Infinity`, exclusive unless `infinity` is set */
    readonly max?: number;
    /** `true` for whole numbers only. @defaultValue `false` */
    readonly integer?: boolean;
    /** `true` if `Infinity` is a meaning, not a mistake. @defaultValue `false` */
    readonly infinity?: boolean;
    /** `true` if `min` itself is refused. @defaultValue `false` */
    readonly exclusiveMin?: boolean;
}
/**
 * Answers `value` if it is a number within bounds.
 *
 * @throws TypeError if it is not a number, or `NaN`
 * @throws RangeError if it is a number out of bounds
 * @example
 * ```ts
 * import { checkNumber } from '@resilient/core';
 *
 * const timeoutMs: number = checkNumber('timeoutMs', 250, { min: 1, max: 60_000 });
 * ```
 */
export declare function checkNumber(name: string, value: unknown, bounds?: NumberBounds): number;
/** Answers `value` if it is a duration in milliseconds: above 0, `Infinity` for no limit. Throws as {@link checkNumber}. */
export declare function checkDuration(name: string, value: unknown): number;
type Sorts = {
    string: string;
    boolean: boolean;
    function: (...args: never[]) => unknown;
    object: object;
};
/**
 * Answers `value` if it is of the type named.
 *
 * @throws TypeError if it is not; `null` is no object here
 */
export declare function checkType<K extends keyof Sorts>(name: string, value: unknown, sort: K): Sorts[K];
/**
 * Answers `value` if it is one of those listed.
 *
 * @throws TypeError naming what is allowed
 */
export declare function checkOneOf<const T extends string | boolean>(name: string, value: unknown, allowed: readonly T[]): T;
/**
 * Answers `value` if it can stop work: an AbortSignal, also of another realm.
 *
 * @throws TypeError if it is not
 */
export declare function checkSignal(name: string, value: unknown): AbortSignal;
/**
 * Refuses options that do not exist, so that a misspelt one does not pass as a default.
 *
 * @throws TypeError naming the unknown option and those that exist; also if `options` is no object
 */
export declare function checkKnown(of: string, options: unknown, known: readonly string[]): void;
/** A TypeError in the one form of refusals, for checks that the functions beside it do not cover. */
export declare function refuse(name: string, what: string, value: unknown): TypeError;
export {};
