import { processReadings } from '../status/readings.ts';
import { monitorOf } from './monitor-of.ts';
import { type HealthMonitorOptions, monitorSettings } from './options.ts';
import type { HealthMonitor } from './types.ts';

/**
 * Makes a monitor: it counts errors and requests, measures the process, runs checks, listens to what the other packages
 * tell, and knows at every moment how the application is. Its timers do not keep the process alive.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createHealthMonitor } from '@resilient/health';
 *
 * await using monitor = createHealthMonitor({ name: 'shop' });
 * monitor.recordError(new Error('no stock'), { route: '/buy/:id' });
 * console.log(monitor.getErrorSummary().errorsByType); // { Error: 1 }
 * ```
 */
export function createHealthMonitor(options: HealthMonitorOptions = {}): HealthMonitor {
  const settings = monitorSettings(options);
  return monitorOf(settings, processReadings(settings.clock));
}
