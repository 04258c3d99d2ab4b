import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the event loop stood still at most, in milliseconds. */
export interface LoopDelay {
  /** Wall time, the load of the machine included. */
  readonly wallMs: number;
  /** Time that this thread itself worked without a turn. */
  readonly workMs: number;
  /** For messages. */
  readonly seen: string;
}

/**
 * Measures by a timer of 1 ms, and at the end once more: a loop that never turns has no timer that could tell of it,
 * which is why `monitorEventLoopDelay` would answer 0.
 */
export async function loopDelayDuring(work: () => Promise<unknown>): Promise<LoopDelay> {
  const workedMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let wall = performance.now();
  let worked = workedMs();
  let wallMs = 0;
  let workMs = 0;
  const beat = (): void => {
    const now = performance.now();
    const done = workedMs();
    wallMs = Math.max(wallMs, now - wall - 1);
    workMs = Math.max(workMs, done - worked);
    wall = now;
    worked = done;
  };
  const timer = setInterval(beat, 1);
  try {
    await work();
    beat();
  } finally {
    clearInterval(timer);
  }
  const seen = `${wallMs.toFixed(1)} ms, of which work ${workMs.toFixed(1)} ms, load ${loadavg()[0]?.toFixed(1)}`;
  return { wallMs, workMs, seen };
}

/** The same of an idle process. */
export function idleDelay(): Promise<LoopDelay> {
  return loopDelayDuring(() => sleep(500));
}
