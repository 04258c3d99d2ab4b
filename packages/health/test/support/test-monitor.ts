import { monitorOf } from '../../src/monitor/monitor-of.ts';
import { type HealthMonitorOptions, monitorSettings } from '../../src/monitor/options.ts';
import type { HealthMonitor } from '../../src/monitor/types.ts';
import type { Readings } from '../../src/status/readings.ts';

/** What the process says of itself, as the test says. Shares from 0 to 1, the delay in milliseconds. */
export interface FakeReadings extends Readings {
  memoryShare: number;
  cpuShare: number;
  delayMs: number;
  closed: number;
}

/** Readings of a process that has nothing to do, until they are changed. */
export function fakeReadings(): FakeReadings {
  const readings: FakeReadings = {
    memoryShare: 0.1,
    cpuShare: 0.1,
    delayMs: 1,
    closed: 0,
    memory: () => ({
      value: readings.memoryShare,
      said: `memory is at ${readings.memoryShare * 100} %`,
      rssBytes: 1,
      heapUsedBytes: 1,
      heapLimitBytes: 10,
      limitBytes: 10,
    }),
    cpu: () => ({
      value: readings.cpuShare,
      said: `the processor is at ${readings.cpuShare * 100} %`,
      cpuShare: readings.cpuShare,
      eventLoopUtilization: 0,
    }),
    eventLoop: () => ({
      value: readings.delayMs,
      said: `the event loop is up to ${readings.delayMs} ms late`,
    }),
    close: () => {
      readings.closed += 1;
    },
  };
  return readings;
}

/** A monitor whose process is as the test says: what this machine does at the moment changes nothing. */
export function testMonitor(
  options: HealthMonitorOptions,
  readings: Readings = fakeReadings(),
): HealthMonitor {
  return monitorOf(monitorSettings(options), readings);
}
