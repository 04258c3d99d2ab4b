import { bounds } from '../defaults.ts';
import { headerOf } from './headers.ts';

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** `Sun Nov  6 08:49:37 1994`: the one form of HTTP dates that says no zone, and means GMT. */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** An HTTP date in any of its three forms, as milliseconds since 1970. @see RFC 9110, 5.6.7 */
function dateOf(text: string): number {
  return Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), bounds.hintMs);
}

/** The numbers of one header, or of the same header sent twice; the largest counts. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => NUMBER.test(part)) ? Math.max(...parts.map(Number)) : undefined;
}

/**
 * How long the other side asks to wait, in milliseconds from now: `retry-after-ms`, else `retry-after` in seconds or as
 * a date, which is measured from the answer's own `date`, so that a wrong clock on either side changes nothing.
 */
export function retryHintOf(headers: unknown, now: number): number | undefined {
  const ms = numberOf(headerOf(headers, 'retry-after-ms'));
  if (ms !== undefined) return bounded(ms);
  const text = headerOf(headers, 'retry-after');
  const seconds = numberOf(text);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  if (text === undefined || text === '') return undefined;
  const at = dateOf(text);
  if (Number.isNaN(at)) return undefined;
  const sentAt = dateOf(headerOf(headers, 'date') ?? '');
  return bounded(at - (Number.isNaN(sentAt) ? now : sentAt));
}
