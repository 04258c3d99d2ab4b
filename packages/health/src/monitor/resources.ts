import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Resources } from './types.ts';

/** Reads what memory and the event loop say; the utilisation is that of the time since the last reading. */
export function resourceReader(): () => Resources {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      eventLoopUtilization: Number.isFinite(utilization) ? utilization : 0,
    };
  };
}
