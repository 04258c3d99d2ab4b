import type { TimerHandle } from './clock.ts';
/** Width of a slot: a shared timer fires up to this much late, never early. */
export declare const SLOT_MS = 25;
/** What the timers stand on; given, so that they can be tested without waiting. */
export interface TimerSource {
    now(): number;
    arm(callback: () => void, ms: number): {
        ref(): unknown;
        unref(): unknown;
        close(): unknown;
    };
}
/**
 * Many limits, one timer of Node's: Node keeps a list for each duration and makes it anew each time it empties,
 * which costs a call more than all the rest of its path (0.5 µs against 0.2). Limits are put in slots of
 * {@link SLOT_MS}; one timer waits for the next slot, and keeps the process alive only while a foreground entry waits.
 */
export declare class SharedTimers {
    #private;
    constructor(source: TimerSource);
    /** Number of entries that wait. */
    get size(): number;
    /** Calls `callback` once, at the first slot that begins `ms` from now or later. */
    set(callback: () => void, ms: number, background: boolean): TimerHandle;
    /** Forgets an entry; answers whether it was one that still waited. */
    clear(handle: TimerHandle): boolean;
}
