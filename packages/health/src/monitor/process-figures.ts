import type { CpuFigures } from '../status/cpu.ts';
import type { MemoryFigures } from '../status/memory.ts';
import type { Reading } from '../status/reading.ts';
import type { Readings } from '../status/readings.ts';
import type { Resources } from './types.ts';

/** Reads what the process uses, and remembers the last sample of what is measured between two samples. */
export class ProcessFigures {
  readonly #readings: Readings;
  #cpu: Pick<CpuFigures, 'cpuShare' | 'eventLoopUtilization'> = { cpuShare: 0, eventLoopUtilization: 0 };
  #delayMs = 0;

  constructor(readings: Readings) {
    this.#readings = readings;
  }

  memory(): MemoryFigures {
    return this.#readings.memory();
  }

  cpu(): Reading {
    const figures = this.#readings.cpu();
    this.#cpu = figures;
    return figures;
  }

  eventLoop(): Reading {
    const reading = this.#readings.eventLoop();
    this.#delayMs = reading.value;
    return reading;
  }

  resources(): Resources {
    const { rssBytes, heapUsedBytes, heapLimitBytes, limitBytes } = this.#readings.memory();
    const { cpuShare, eventLoopUtilization } = this.#cpu;
    return {
      rssBytes,
      heapUsedBytes,
      heapLimitBytes,
      memoryLimitBytes: limitBytes,
      cpuShare,
      eventLoopUtilization,
      eventLoopDelayMs: this.#delayMs,
    };
  }
}
