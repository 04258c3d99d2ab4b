import { checkKnown, checkNumber, refuse } from '@resilient/core';

/** What a flaky server does with one request: a good answer with status 200 unless a field says otherwise. */
export interface FlakyStep {
  /**
   * HTTP status, 200 to 599.
   * @defaultValue `200`
   */
  readonly status?: number;
  /**
   * Headers of the answer, such as `{ 'retry-after': '2' }`.
   * @defaultValue `{}`
   */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Body of the answer.
   * @defaultValue `''`
   */
  readonly body?: string | Uint8Array;
  /** Body of the answer as JSON, with its content type; instead of `body`. */
  readonly json?: unknown;
  /**
   * Milliseconds between the whole request and the answer.
   * @defaultValue `0`
   */
  readonly latencyMs?: number;
  /** `true`: reads the request and never answers; `'body'`: sends the headers and half of the body, then nothing. */
  readonly hang?: boolean | 'body';
  /** Bytes that are no HTTP instead of an answer, `true` for some of its own; then the connection ends. */
  readonly garbage?: boolean | string;
  /** Announces the whole body, sends this many bytes of it (`true`: half), then closes the connection. */
  readonly truncate?: boolean | number;
  /** Closes the connection without an answer: `'before'` or `'after'` (as `true`) the request's body was read. */
  readonly close?: boolean | 'before' | 'after';
  /** Resets the connection (RST) without an answer; with `truncate`, after that many bytes. */
  readonly reset?: boolean;
}

const STEP_FIELDS: readonly (keyof FlakyStep)[] = [
  'status',
  'headers',
  'body',
  'json',
  'latencyMs',
  'hang',
  'garbage',
  'truncate',
  'close',
  'reset',
];

/** The forms in which a step is written: a number is a status. */
export type FlakyStepLike = FlakyStep | number;

/**
 * A step from its short form.
 *
 * @throws TypeError or RangeError naming the field.
 */
export const toStep = (step: FlakyStepLike, name = 'step'): FlakyStep => {
  const full = typeof step === 'number' ? { status: step } : step;
  if (typeof full !== 'object' || full === null) throw refuse(name, 'a step or a status', step);
  checkKnown(name, full, STEP_FIELDS);
  if (full.status !== undefined)
    checkNumber(`${name}.status`, full.status, { min: 200, max: 599, integer: true });
  if (full.latencyMs !== undefined) checkNumber(`${name}.latencyMs`, full.latencyMs, { min: 0 });
  if (typeof full.truncate === 'number')
    checkNumber(`${name}.truncate`, full.truncate, { min: 0, integer: true });
  const { body } = full;
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw refuse(`${name}.body`, 'a string or bytes (use `json` for an object)', body);
  }
  return full;
};
