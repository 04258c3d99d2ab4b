import type { Clock } from '@resilient/core';
import { type CpuFigures, cpuMeter } from './cpu.ts';
import { eventLoopMeter } from './event-loop.ts';
import { type MemoryFigures, readMemory } from './memory.ts';
import type { Reading } from './reading.ts';

/** What the process says of itself. */
export interface Readings {
  memory(): MemoryFigures;
  /** Of the time since the last call. */
  cpu(): CpuFigures;
  /** Of the time since the last call. */
  eventLoop(): Reading;
  close(): void;
}

/** The readings of this process. */
export function processReadings(clock: Clock): Readings {
  const loop = eventLoopMeter();
  return {
    memory: () => readMemory(),
    cpu: cpuMeter(clock),
    eventLoop: () => loop.read(),
    close: loop.close,
  };
}
