import type { FailureKind, Verdict } from '@resilient/core';

/** What each kind of failure means for a unit of work, in words of our own. */
const WORDS: Readonly<Record<FailureKind, string>> = {
  timeout: 'the time was up',
  network: 'the database could not be reached',
  'rate-limit': 'the database has no room for another connection',
  overload: 'the database is overloaded',
  server: 'the database failed inside',
  lock: 'a lock was not granted',
  conflict: 'it conflicted with another transaction',
  disconnect: 'the connection was lost',
  auth: 'the database refused the log-in or the permission',
  quota: 'the database has run out of a resource',
  invalid: 'the database refused it',
  aborted: 'it was given up',
  bug: 'work made a mistake of its own',
  unknown: 'the database refused it',
};

/** A failure of the database in our own words with its code; never the server's, which quote values. */
export function explainVerdict(verdict: Verdict): string {
  const words = verdict.code && isConstraint(verdict.code) ? 'a constraint refused it' : WORDS[verdict.kind];
  return verdict.code ? `${words} (${labelOf(verdict.code)})` : words;
}

/** Tells whether a code means that a constraint refused a row. */
export function isConstraint(code: string): boolean {
  return /^23[0-9A-Z]{3}$/.test(code) || code.startsWith('SQLITE_CONSTRAINT');
}

function labelOf(code: string): string {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? `SQLSTATE ${code}` : code;
}

/** What was thrown, by its class alone. */
export function describeThrown(error: unknown): string {
  try {
    if (!(error instanceof Error)) return error === null ? 'null' : `a ${typeof error}`;
    return /^[\w$.]{1,60}$/.test(error.name) ? error.name : 'Error';
  } catch {
    return 'an error';
  }
}
