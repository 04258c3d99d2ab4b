import type { ResilienceEvent } from './event.ts';
/**
 * Calls `listener` for everything that @resilient publishes in this process, from the last state of each breaker, pool
 * and budget on (marked `replay: true`), until the function it answers is called. A listener that throws is logged
 * once and breaks nothing.
 *
 * @throws TypeError if `listener` is no function
 * @example
 * ```ts
 * import { onResilienceEvent } from '@resilient/core';
 *
 * const stop = onResilienceEvent((event) => {
 *   if (event.kind === 'breaker') console.log(event.name, event.state);
 * });
 * stop();
 * ```
 */
export declare function onResilienceEvent(listener: (event: ResilienceEvent) => void): () => void;
