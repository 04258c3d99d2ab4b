import { sharedLogger } from '../log/logger.ts';
import type { ResilienceEvent } from './event.ts';
import { lastStates } from './last-states.ts';
import { channels, eventKinds } from './publish.ts';

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
export function onResilienceEvent(listener: (event: ResilienceEvent) => void): () => void {
  if (typeof listener !== 'function') throw new TypeError('expected `listener` to be a function');
  let failed = false;
  const deliver = (message: unknown): void => {
    try {
      listener(message as ResilienceEvent);
    } catch (error) {
      if (failed) return;
      failed = true;
      sharedLogger().error({ errorName: (error as Error | null)?.name }, 'a listener of resilience events throws');
    }
  };
  for (const event of lastStates()) deliver(event);
  for (const kind of eventKinds) channels[kind].subscribe(deliver);
  return () => {
    for (const kind of eventKinds) channels[kind].unsubscribe(deliver);
  };
}
