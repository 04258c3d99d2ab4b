import type { Clock } from './clock.ts';
/**
 * Waits `ms` on a clock's timers; rejects with the signal's reason as soon as it is aborted, and leaves neither a
 * timer nor a listener. A wait of 0 ms goes through a timer too, so that other work gets its turn.
 */
export declare function sleepOn(clock: Pick<Clock, 'setTimer' | 'clearTimer'>, ms: number, signal?: AbortSignal): Promise<void>;
