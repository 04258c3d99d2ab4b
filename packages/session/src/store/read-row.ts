import { isResilientError } from '@resilient/core';
import { PROTOTYPE_NAMES } from '../shape/reserved-names.ts';

/** Ten years: what lasts longer is damage, and dates far out make hosts throw. */
const MAX_AGE_MS = 315_360_000_000;
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** What a row says about its cookie, as far as it may: how long it lives. `null`: until the browser is closed. */
export interface RowCookie {
  expires?: Date;
  originalMaxAge?: number | null;
}

/** Reads `expires` and `originalMaxAge` where they are well-formed; the rest always comes from the options. */
export function readCookie(cookie: unknown): RowCookie {
  const read: RowCookie = {};
  if (typeof cookie !== 'object' || cookie === null) return read;
  const { expires, originalMaxAge } = cookie as Record<string, unknown>;
  if (typeof originalMaxAge === 'number' && originalMaxAge > 0 && originalMaxAge <= MAX_AGE_MS) {
    read.originalMaxAge = originalMaxAge;
  }
  if (expires instanceof Date || (typeof expires === 'string' && ISO_DATE.test(expires))) {
    const date = new Date(expires);
    if (!Number.isNaN(date.getTime()) && date.getUTCFullYear() < 10_000) read.expires = date;
  }
  // What hosts write for a cookie of the browser's session, whatever the options say.
  if (originalMaxAge === null && (expires === null || expires === false)) read.originalMaxAge = null;
  return read;
}

/** Tells whether an error of a store means that the row cannot be parsed, not that the store is down. */
export function isCorruption(error: unknown): boolean {
  return (
    isResilientError(error, 'SESSION_CORRUPT') || (error instanceof Error && error.name === 'SyntaxError')
  );
}

/** A row as a host can take it, and whether nothing of it could be kept. */
export interface ReadRow {
  readonly data: Record<string, unknown> & { cookie?: RowCookie };
  readonly reset: boolean;
}

/** What a host keeps in a row of its own. */
export interface RowHost {
  readonly hostMethods: ReadonlySet<string>;
  /** `true` where the row says how long its cookie lives; elsewhere `cookie` is a key like any other. */
  readonly hasCookie: boolean;
}

/**
 * Makes what a store found safe to hand on: not an object becomes an empty one, names that would break the host are
 * left out, and so is all of its cookie but how long it lives. Healing the keys comes later, in the request.
 */
export function readRow(row: unknown, { hostMethods, hasCookie }: RowHost): ReadRow {
  const data: ReadRow['data'] = hasCookie ? { cookie: {} } : {};
  try {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return { data, reset: true };
    for (const name of Object.keys(row)) {
      if ((name === 'cookie' && hasCookie) || PROTOTYPE_NAMES.has(name) || hostMethods.has(name)) continue;
      data[name] = (row as Record<string, unknown>)[name];
    }
    if (hasCookie) data.cookie = readCookie((row as { cookie?: unknown }).cookie);
    return { data, reset: false };
  } catch {
    return { data: hasCookie ? { cookie: {} } : {}, reset: true };
  }
}
