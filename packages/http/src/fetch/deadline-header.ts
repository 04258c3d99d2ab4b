import { type Clock, checkType, refuse } from '@resilient/core';

/** The name of the header; its value is an instant by RFC 3339, in UTC with milliseconds. */
const NAME = 'deadline';

/** Checks a list of origins and answers it as a set; an empty one if none was given. */
export function deadlineOrigins(given: readonly string[] | undefined): ReadonlySet<string> {
  if (given === undefined) return new Set();
  if (!Array.isArray(given)) throw refuse('deadlineHeader', 'an array of origins', given);
  for (const origin of given) {
    checkType('deadlineHeader', origin, 'string');
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || !origin.startsWith('http')) {
      throw refuse('deadlineHeader', "an array of origins such as 'https://api.example.org'", origin);
    }
  }
  return new Set(given);
}

/** The headers given, with the instant after which nobody waits for its answer any more. */
export function headersWithDeadline(headers: Headers, clock: Clock, ms: number): Headers {
  if (ms !== Number.POSITIVE_INFINITY && !headers.has(NAME)) {
    headers.set(NAME, new Date(Math.floor(clock.epochNow() + ms)).toISOString());
  }
  return headers;
}
