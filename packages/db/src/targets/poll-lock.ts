import { type Clock, TimeoutError } from '@resilient/core';
import { isLocked } from '../sqlite/sqlite-error.ts';

/** How long the lock is waited for on a connection of the application's own: as `busyTimeoutMs` of ours. */
const PATIENCE_MS = 20_000;
const POLL_MS = 1;
/** From here on less often. */
const PATIENT_AFTER_MS = 1_000;
const PATIENT_POLL_MS = 5;

/** Who waits, and how long. */
export interface PollRequest {
  readonly clock: Clock;
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a step that must change nothing where it fails for a lock, until it does not, while the event loop is free.
 *
 * @throws TimeoutError `TIMEOUT` (rejects) when time is up, or the signal's reason
 */
export async function pollLock<T>(step: () => T | Promise<T>, request: PollRequest): Promise<T> {
  const { clock, signal } = request;
  const startedAt = clock.now();
  const end = Math.min(startedAt + PATIENCE_MS, request.deadline);
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      if (!isLocked(error)) throw error;
      const now = clock.now();
      const waitedMs = Math.round(now - startedAt);
      if (now >= end) {
        throw new TimeoutError(waitedMs, {
          message: `another connection or process held the lock of the SQLite database for ${waitedMs} ms; nothing was done`,
          cause: error,
        });
      }
      const pause = waitedMs < PATIENT_AFTER_MS ? POLL_MS : PATIENT_POLL_MS;
      await clock.sleep(Math.min(pause, end - now), signal);
    }
  }
}
