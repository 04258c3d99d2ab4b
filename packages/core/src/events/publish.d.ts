import { type Channel } from 'node:diagnostics_channel';
import type { ResilienceEvent, ResilienceEventKind } from './event.ts';
/** Every kind of event there is. */
export declare const eventKinds: readonly ResilienceEventKind[];
/** The channels by kind, made once. */
export declare const channels: Readonly<Record<ResilienceEventKind, Channel>>;
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
export declare function isObserved(kind: ResilienceEventKind): boolean;
/**
 * Publishes an event on its channel. The last `breaker`, `pool` and `budget` state of each name is kept for listeners
 * that come later.
 */
export declare function publish(event: ResilienceEvent): void;
