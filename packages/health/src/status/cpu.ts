import { performance } from 'node:perf_hooks';
import type { Clock } from '@resilient/core';
import { grantedCores } from './granted-cores.ts';
import { percent, type Reading } from './reading.ts';

/** Where the figures of the processor come from. */
export interface CpuSources {
  /** CPU time used by the process so far, in microseconds. */
  usedUs(): number;
  /** Time that the loop of the main thread was busy so far, in milliseconds. */
  loopActiveMs(): number;
  /** Cores granted to this process, perhaps less than one. */
  readonly cores: number;
}

/** What the processor says of the time since the last reading. */
export interface CpuFigures extends Reading {
  /** CPU time by the time that passed and the cores granted, from 0 to 1. */
  readonly cpuShare: number;
  /** Share of the time that the main thread was busy, from 0 to 1. */
  readonly eventLoopUtilization: number;
}

function processCpu(): CpuSources {
  return {
    usedUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    loopActiveMs: () => performance.eventLoopUtilization().active,
    cores: grantedCores(),
  };
}

const bounded = (share: number): number => (Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0);

/**
 * Makes the meter of the processor: each reading is of the time since the one before, never since the start. One thread
 * at its limit is 12 % of eight cores, so the busy share of the main thread counts as well, and the worse is told.
 */
export function cpuMeter(clock: Clock, sources: CpuSources = processCpu()): () => CpuFigures {
  let at = clock.now();
  let used = sources.usedUs();
  let active = sources.loopActiveMs();
  return () => {
    const wallMs = clock.now() - at;
    const usedMs = (sources.usedUs() - used) / 1_000;
    const activeMs = sources.loopActiveMs() - active;
    at += wallMs;
    used += usedMs * 1_000;
    active += activeMs;
    const cpuShare = bounded(usedMs / (wallMs * sources.cores));
    const eventLoopUtilization = bounded(activeMs / wallMs);
    const said =
      eventLoopUtilization > cpuShare
        ? `the main thread is busy ${percent(eventLoopUtilization)} of the time`
        : `the processor is at ${percent(cpuShare)} of what is granted`;
    return { value: Math.max(cpuShare, eventLoopUtilization), said, cpuShare, eventLoopUtilization };
  };
}
