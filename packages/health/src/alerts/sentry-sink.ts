import { refuse } from '@resilient/core';
import { SENTRY_FLUSH_MS } from '../defaults.ts';
import type { AlertNotice } from './notice.ts';
import type { AlertSink } from './sink.ts';

/** The part of an event of Sentry that is set. */
export interface SentryAlertEvent {
  readonly message: string;
  readonly level: 'fatal' | 'warning' | 'info';
  /** One issue an alert, however its count changes. */
  readonly fingerprint: string[];
  readonly tags: Record<string, string>;
  readonly contexts: { readonly alert: Record<string, unknown> };
}

/** What is needed of Sentry: `@sentry/node` as a namespace has it, and so has one of its clients. */
export interface SentryLike {
  captureEvent(event: SentryAlertEvent): unknown;
  flush?(timeoutMs?: number): PromiseLike<boolean>;
}

function levelOf({ state, severity }: AlertNotice): SentryAlertEvent['level'] {
  if (state === 'resolved') return 'info';
  return severity === 'critical' ? 'fatal' : 'warning';
}

/**
 * A sink that sends alerts (not single errors) to Sentry, one issue for each alert. `close()` of the monitor flushes it.
 *
 * @throws TypeError if `sentry` has no `captureEvent`
 * @example
 * ```ts
 * import { createHealthMonitor, type SentryLike, sentrySink } from '@resilient/health';
 *
 * declare const Sentry: SentryLike; // import * as Sentry from '@sentry/node'
 * const monitor = createHealthMonitor({ alerts: { sinks: [sentrySink(Sentry)] } });
 * ```
 */
export function sentrySink(sentry: SentryLike): AlertSink {
  if (typeof (sentry as SentryLike | null)?.captureEvent !== 'function') {
    throw refuse('sentry', 'Sentry, with a function `captureEvent`', sentry);
  }
  return {
    name: 'sentry',
    send(notice) {
      const { title, severity, dedupKey, rule, state, service, suppressed, ...alert } = notice;
      sentry.captureEvent({
        message: suppressed === undefined ? title : `${title} (+${suppressed} suppressed)`,
        level: levelOf(notice),
        fingerprint: [dedupKey],
        tags: { rule, state, service, severity },
        contexts: { alert: JSON.parse(JSON.stringify({ dedupKey, ...alert })) as Record<string, unknown> },
      });
    },
    close: () => sentry.flush?.(SENTRY_FLUSH_MS),
  };
}
