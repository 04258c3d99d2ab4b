import { type Logger, loggerOf } from '@resilient/core';
import type { AlertNotice } from './notice.ts';
import type { AlertSink } from './sink.ts';

const logSinks = new WeakSet<object>();

/** Whether a sink is the log: that one is told at once and of everything, without a queue. */
export const isLogSink = (sink: object): boolean => logSinks.has(sink);

/** Writes a notice to a log: a critical one as `fatal` with `severity: 'CRITICAL'`. */
export function logNotice(logger: Logger, notice: AlertNotice): void {
  const { title, ...alert } = notice;
  if (notice.state === 'resolved') logger.info({ alert }, title);
  else if (notice.severity === 'critical') logger.fatal({ severity: 'CRITICAL', alert }, title);
  else logger.warn({ alert }, title);
}

/**
 * A sink that writes alerts to a log: critical ones as `fatal` with `severity: 'CRITICAL'`, warnings as `warn`, resolved
 * ones as `info`. A monitor writes them to its own logger anyway; this is for another one, in its place.
 *
 * @throws TypeError if it is no logger
 * @example
 * ```ts
 * import { createHealthMonitor, logSink } from '@resilient/health';
 *
 * const monitor = createHealthMonitor({ alerts: { sinks: [logSink()] } });
 * ```
 */
export function logSink(logger?: Logger): AlertSink {
  const target = loggerOf(logger);
  const sink: AlertSink = {
    name: 'log',
    send: (notice) => logNotice(target, notice),
  };
  logSinks.add(sink);
  return sink;
}
