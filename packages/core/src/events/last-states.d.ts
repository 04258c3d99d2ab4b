import type { ResilienceEvent } from './event.ts';
/** Keeps the event if it is a state. */
export declare function remember(event: ResilienceEvent): void;
/** The last state of each name, oldest change first, marked as told again. */
export declare function lastStates(): ResilienceEvent[];
