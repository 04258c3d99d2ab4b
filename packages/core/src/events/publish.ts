import { type Channel, channel } from 'node:diagnostics_channel';
import type { ResilienceEvent, ResilienceEventKind } from './event.ts';
import { remember } from './last-states.ts';

const KINDS = {
  retry: true,
  exhausted: true,
  timeout: true,
  breaker: true,
  budget: true,
  'rate-limit': true,
  saturated: true,
  hedge: true,
  fallback: true,
  commit: true,
  pool: true,
  session: true,
  error: true,
  alert: true,
  warning: true,
} as const satisfies Record<ResilienceEventKind, true>;

/** Every kind of event there is. */
export const eventKinds: readonly ResilienceEventKind[] = Object.keys(KINDS) as ResilienceEventKind[];

/** The channels by kind, made once. */
export const channels: Readonly<Record<ResilienceEventKind, Channel>> = Object.fromEntries(
  eventKinds.map((kind) => [kind, channel(`resilient:${kind}`)]),
) as unknown as Record<ResilienceEventKind, Channel>;

/**
 * Tells whether anybody listens, so that an event nobody wants is not even made.
 *
 * @example
 * ```ts
 * import { isObserved, publish } from '@resilient/core';
 *
 * if (isObserved('timeout')) publish({ kind: 'timeout', name: 'mailer', package: 'app', timeoutMs: 500 });
 * ```
 */
export function isObserved(kind: ResilienceEventKind): boolean {
  return channels[kind].hasSubscribers;
}

/**
 * Publishes an event on its channel. The last `breaker`, `pool` and `budget` state of each name is kept for listeners
 * that come later.
 * @example
 * ```ts
 * import { publish } from '@resilient/core';
 *
 * publish({ kind: 'breaker', name: 'mailer', package: 'app', state: 'open', retryAt: new Date('2030-01-01') });
 * ```
 */
export function publish(event: ResilienceEvent): void {
  remember(event);
  const target = channels[event.kind];
  if (target.hasSubscribers) target.publish(event);
}
