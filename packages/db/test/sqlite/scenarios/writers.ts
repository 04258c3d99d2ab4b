import { join } from 'node:path';
import { spawnNode } from '@resilient/testing';
import type { LoopDelay } from '../event-loop-delay.ts';
import { counterOf, temporaryDatabase } from '../temporary-database.ts';

/** What one process saw. */
export interface WriterSeen {
  readonly committed: number;
  readonly errors: readonly string[];
  readonly idle: LoopDelay;
  readonly busy: LoopDelay;
  /** From a unit's call to its acknowledgement, in milliseconds. */
  readonly waits: readonly number[];
}

/** What all of them did. */
export interface Writers {
  readonly seen: readonly WriterSeen[];
  readonly counter: number;
  readonly ms: number;
  /** Of the process that stood still longest, above its own floor. */
  readonly aboveFloorMs: number;
  /** For messages. */
  readonly report: string;
}

/** 4 processes of 10 writers, 20 units each that read, wait for a timer of 1 ms, and write. */
export async function fourWriters(how: 'increment' | 'increment-natively'): Promise<Writers> {
  await using shared = await temporaryDatabase();
  const child = join(import.meta.dirname, '..', 'children', `${how}.ts`);
  const where = how === 'increment' ? shared.url : shared.file;
  const processes = await Promise.all(
    Array.from({ length: 4 }, () => spawnNode(child, { args: [where, '10', '20'] })),
  );
  for (const process of processes) await process.next(60_000);
  const startedAt = performance.now();
  for (const process of processes) process.send('go');
  const seen = await Promise.all(processes.map((process) => process.next<WriterSeen>(120_000)));
  const ms = performance.now() - startedAt;
  await Promise.all(processes.map(({ exited }) => exited));
  const stalls = seen.map(({ busy, idle }) => `${busy.seen}, idle ${idle.seen}`);
  return {
    seen,
    counter: await counterOf(shared.db),
    aboveFloorMs: Math.max(...seen.map(({ busy, idle }) => busy.stoodMs - idle.stoodMs)),
    ms,
    report: `${ms.toFixed(0)} ms; ${stalls.join('; ')}`,
  };
}

/** The wait that `percent` of a process's units did not exceed, of the process that waited longest. */
export function longestWait(seen: readonly WriterSeen[], percent: number): number {
  return Math.max(
    ...seen.map(({ waits }) => {
      const sorted = [...waits].sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
    }),
  );
}
