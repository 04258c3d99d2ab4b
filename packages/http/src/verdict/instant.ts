import { bounds } from '../defaults.ts';
import { headerOf } from './headers.ts';

/** `Sun, 06 Nov 1994 08:49:37 GMT` and `Sunday, 06-Nov-94 08:49:37 GMT`. */
const NAMED_DAY = /^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d [A-Z+]/;

/** `Sun Nov  6 08:49:37 1994`: the one form of HTTP dates that says no zone, and means GMT. */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** RFC 3339. */
const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** From here on a bare number is an instant: in seconds, then in milliseconds, since 1970. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;

/**
 * An HTTP date in any of its three forms, or one of RFC 3339, as milliseconds since 1970; `NaN` for all else, since
 * `Date.parse` makes a date of almost anything. @see RFC 9110, 5.6.7
 */
export function dateOf(text: string): number {
  if (ASCTIME.test(text)) return Date.parse(`${text} GMT`);
  return NAMED_DAY.test(text) || ISO.test(text) ? Date.parse(text) : Number.NaN;
}

/** A plain decimal number; `undefined` for all else. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

/** A hint that nobody can overdo: from 0 to 366 days. */
export function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), bounds.hintMs);
}

/** The answer's own `date`, else our wall time: instants of the other side are measured from it, whoever's clock is wrong. */
export function sentAt(headers: unknown, now: number): number {
  const at = dateOf(headerOf(headers, 'date') ?? '');
  return Number.isNaN(at) ? now : at;
}

/** Milliseconds until a date, an instant in seconds or milliseconds since 1970, or what is said in seconds from now. */
export function untilReset(text: string | undefined, headers: unknown, now: number): number | undefined {
  if (text === undefined) return undefined;
  const number = numberOf(text);
  if (number !== undefined && number < EPOCH_SECONDS) return bounded(number * 1_000);
  const at = number === undefined ? dateOf(text) : number >= EPOCH_MS ? number : number * 1_000;
  return Number.isNaN(at) ? undefined : bounded(at - sentAt(headers, now));
}
