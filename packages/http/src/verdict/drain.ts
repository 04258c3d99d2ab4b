import { type Clock, peek, withoutDeadline } from '@resilient/core';
import { bounds } from '../defaults.ts';

async function readSome(body: ReadableStream<Uint8Array>, clock: Clock): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  const timer = clock.setTimer(cancel, bounds.drainMs, { background: true });
  try {
    let left: number = bounds.drainBytes;
    while (left >= 0) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.byteLength;
    }
    cancel();
  } finally {
    clock.clearTimer(timer);
  }
}

/**
 * Lets the body of an answer go that nobody will read: a short one is read to its end, so that its connection can be
 * used again, a long one is cancelled.
 */
export function drain(value: unknown, clock: Clock): void {
  const body = peek(value, 'body');
  if (typeof peek(body, 'getReader') !== 'function' || peek(body, 'locked') !== false) return;
  withoutDeadline(() => readSome(body as ReadableStream<Uint8Array>, clock).catch(() => {}));
}
