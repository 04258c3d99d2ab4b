import { peek } from './causes.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

/** Errors that the program makes about itself: running it again runs the same mistake again. */
const CLASSES = [TypeError, ReferenceError, SyntaxError, RangeError] as const;

/** The same by name, for errors of another realm (`node:vm`, jest), and assertions of any library. */
const NAMES: ReadonlySet<unknown> = new Set([...CLASSES.map((one) => one.name), 'AssertionError']);

const VERDICT: Verdict = Object.freeze({ transient: false, kind: 'bug', outcome: 'unknown' });

function isBug(error: object): boolean {
  if (NAMES.has(peek(error, 'name')) || peek(error, 'code') === 'ERR_ASSERTION') return true;
  return CLASSES.some((one) => error instanceof one);
}

/**
 * Knows mistakes of the program: `TypeError`, `ReferenceError`, `SyntaxError`, `RangeError` and failed assertions are
 * `bug`, never retried. fetch's `TypeError` is one too, so ask `classifyNetwork` first.
 *
 * @example
 * ```ts
 * import { classifyBug } from '@resilient/core';
 *
 * console.log(classifyBug(new ReferenceError('x is not defined'), 0)?.kind); // bug
 * ```
 */
export const classifyBug: Classifier = walk((error) => (isBug(error) ? VERDICT : undefined));
