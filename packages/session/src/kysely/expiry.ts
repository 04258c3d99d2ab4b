import type { Clock } from '@resilient/core';

/** How long sessions live, and how exactly that is kept. */
export interface ExpiryRules {
  readonly ttlMs: number;
  readonly touchEveryMs: number;
  readonly clock: Clock;
}

/** When a session ends, in milliseconds since 1970: when its cookie does, or after `ttlMs`. */
export function expiryOf(session: object, { clock, ttlMs }: ExpiryRules): number {
  const expires = (session as { cookie?: { expires?: unknown } | null }).cookie?.expires;
  const at =
    expires instanceof Date || typeof expires === 'string' ? new Date(expires).getTime() : Number.NaN;
  return Math.round(Number.isNaN(at) ? clock.epochNow() + ttlMs : at);
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
