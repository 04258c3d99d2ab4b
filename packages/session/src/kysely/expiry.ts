import type { Clock } from '@resilient/core';

/** How long sessions live, and how exactly that is kept. */
export interface ExpiryRules {
  readonly ttlMs: number;
  readonly touchEveryMs: number;
  readonly clock: Clock;
}

/** When a session ends, in milliseconds since 1970: when its host says so, or after `ttlMs`. */
export function expiryOf(session: object, { clock, ttlMs }: ExpiryRules): number {
  const { cookie, _expire } = session as { cookie?: { expires?: unknown } | null; _expire?: unknown };
  const expires = cookie?.expires ?? _expire;
  const isDate = expires instanceof Date || typeof expires === 'string' || typeof expires === 'number';
  const at = isDate ? new Date(expires).getTime() : Number.NaN;
  return Math.round(Number.isNaN(at) ? clock.epochNow() + ttlMs : at);
}

/** Puts the end of a row into a session made of it, where its host looks for it: `touch` moves the row's alone. */
export function showExpiry(session: unknown, expiresAt: number): void {
  const at = new Date(expiresAt);
  if (typeof session !== 'object' || session === null || Number.isNaN(at.getTime())) return;
  const notes = session as { cookie?: { expires?: unknown } | null; _expire?: unknown };
  if (typeof notes._expire === 'number') notes._expire = expiresAt;
  if (typeof notes.cookie !== 'object' || notes.cookie === null) return;
  if (typeof notes.cookie.expires === 'string') notes.cookie.expires = at.toISOString();
}

/** Tells whether a row lives nearly as long as it would after a write; short sessions are written more often. */
export function isFresh(
  storedUntil: number,
  expiresAt: number,
  { clock, touchEveryMs }: ExpiryRules,
): boolean {
  const gained = expiresAt - storedUntil;
  return gained >= 0 && gained < Math.min(touchEveryMs, (expiresAt - clock.epochNow()) / 10);
}
