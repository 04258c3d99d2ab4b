import { sharedLogger } from '../log/logger.ts';
import { refuse } from '../options/check.ts';
import { ignoreRejection } from '../safe/ignore-rejection.ts';
import { peek } from '../verdict/causes.ts';
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
  if (typeof listener !== 'function') throw refuse('listener', 'a function', listener);
  let failed = false;
  const tell = (error: unknown): void => {
    if (failed) return;
    failed = true;
    sharedLogger().error({ errorName: peek(error, 'name') }, 'a listener of resilience events throws');
  };
  const deliver = (message: unknown): void => {
    try {
      // an async listener fits the type as well, and its rejection would end the process
      const result: unknown = listener(message as ResilienceEvent);
      ignoreRejection(result, tell);
    } catch (error) {
      tell(error);
    }
  };
  for (const event of lastStates()) deliver(event);
  for (const kind of eventKinds) channels[kind].subscribe(deliver);
  return () => {
    for (const kind of eventKinds) channels[kind].unsubscribe(deliver);
  };
}
