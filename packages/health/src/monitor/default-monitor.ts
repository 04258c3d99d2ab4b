import { refuse } from '@resilient/core';
import { errorForLog } from '../errors/error-for-log.ts';
import { createHealthMonitor } from './create-health-monitor.ts';
import type { HealthMonitor } from './types.ts';

let current: HealthMonitor | undefined;

function theMonitor(): HealthMonitor {
  current ??= createHealthMonitor();
  return current;
}

/**
 * Makes `monitor` the process's default monitor, which `healthMonitor` and `logUnhandledException` speak to. The one
 * before is not closed.
 *
 * @throws TypeError if it is no monitor
 */
export function setDefaultMonitor(monitor: HealthMonitor): void {
  if (typeof (monitor as HealthMonitor | null)?.getErrorSummary !== 'function') {
    throw refuse('monitor', 'a monitor of createHealthMonitor', monitor);
  }
  if (monitor !== healthMonitor) current = monitor;
}

/**
 * The process's default monitor, made on first use.
 *
 * @example
 * ```ts
 * import { healthMonitor } from '@resilient/health';
 *
 * console.log(healthMonitor.getErrorSummary().status); // healthy
 * ```
 */
export const healthMonitor: HealthMonitor = {
  get name() {
    return theMonitor().name;
  },
  get clock() {
    return theMonitor().clock;
  },
  get logger() {
    return theMonitor().logger;
  },
  get lifecycle() {
    return theMonitor().lifecycle;
  },
  recordError: (error, context) => theMonitor().recordError(error, context),
  recordRequest: (request) => theMonitor().recordRequest(request),
  getErrorSummary: () => theMonitor().getErrorSummary(),
  getReport: () => theMonitor().getReport(),
  getFleetSummary: () => theMonitor().getFleetSummary(),
  flush: () => theMonitor().flush(),
  get totals() {
    return theMonitor().totals;
  },
  getHistory: () => theMonitor().getHistory(),
  started: () => theMonitor().started(),
  declareBroken: (reason) => theMonitor().declareBroken(reason),
  startDraining: () => theMonitor().startDraining(),
  probe: (which) => theMonitor().probe(which),
  async close() {
    const closing = current;
    current = undefined;
    await closing?.close();
  },
  [Symbol.asyncDispose]: () => healthMonitor.close(),
};

/**
 * Records an error that nobody caught with the default monitor, and logs it; never throws.
 *
 * @example
 * ```ts
 * import { logUnhandledException } from '@resilient/health';
 *
 * logUnhandledException(new Error('nobody caught me'));
 * ```
 */
export function logUnhandledException(error: unknown): void {
  const monitor = theMonitor();
  monitor.recordError(error, { handled: false });
  monitor.logger.error({ err: errorForLog(error) }, 'an error that nobody caught');
}
