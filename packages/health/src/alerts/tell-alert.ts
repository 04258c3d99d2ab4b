import { type Logger, publish } from '@resilient/core';
import { REPEAT_WINDOW_MS } from '../defaults.ts';
import type { AlertNotice } from './alert-book.ts';

/** The name of the rule, in log lines and events. */
export const REPEATED_ERROR = 'repeated-error';

/** Says a notice to the log, a critical one as `fatal` with `severity: 'CRITICAL'`, and publishes it as an event. */
export function tellAlert(logger: Logger, monitor: string, notice: AlertNotice): void {
  const { state, count, record } = notice;
  const { key, type, code, message, route } = record;
  const alert = {
    rule: REPEATED_ERROR,
    state,
    key,
    dedupKey: `${monitor}/${REPEATED_ERROR}/${key}`,
    errorType: type,
    ...(code === undefined ? {} : { errorCode: code }),
    ...(route === undefined ? {} : { route }),
    errorMessage: message,
    count,
    total: record.count,
    windowMs: REPEAT_WINDOW_MS,
    firstSeenAt: new Date(record.firstSeenAt),
    lastSeenAt: new Date(record.lastSeenAt),
  };
  const what = `${type}${code === undefined ? '' : ` (${code})`}`;
  if (state === 'resolved') logger.info({ alert }, `resolved: ${what}, ${count} since the last notice`);
  else {
    const said =
      state === 'fired' ? 'more than 10 times within 1 hour' : `again, ${count} since the last notice`;
    logger.fatal({ severity: 'CRITICAL', alert }, `CRITICAL: the same error ${said}: ${what}`);
  }
  publish({
    kind: 'alert',
    name: `${REPEATED_ERROR}/${key}`,
    package: 'health',
    state,
    severity: 'critical',
    count,
  });
}
