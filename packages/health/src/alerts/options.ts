import { checkKnown, checkType, type Logger, refuse } from '@resilient/core';
import type { AlertStore } from './alert-store.ts';
import { isLogSink, logSink } from './log-sink.ts';
import type { AlertSink } from './sink.ts';

/** Where alerts go. */
export interface AlertOptions {
  /**
   * Where notices are sent, beside the log: at most 10 a minute in all, each sink on its own.
   * @defaultValue `[]`
   */
  readonly sinks?: readonly AlertSink[];
  /** Where people look when an alert comes, such as the dashboard: a URL of http or https, in each notice. */
  readonly link?: string;
  /**
   * Decides which instance sends, and keeps the state of alerts over restarts.
   * @defaultValue the monitor's `fleet`; without one each decides alone
   */
  readonly store?: AlertStore;
}

/** The same, checked and complete. */
export interface AlertSettings {
  /** Told at once, and of everything. */
  readonly log: AlertSink;
  readonly sinks: readonly AlertSink[];
  readonly link: string | undefined;
  readonly store: AlertStore | undefined;
}

function linkOf(link: string): string {
  if (!URL.canParse(checkType('alerts.link', link, 'string')))
    throw refuse('alerts.link', 'an absolute URL', link);
  const { protocol, username, password } = new URL(link);
  if (!/^https?:$/.test(protocol)) throw refuse('alerts.link', 'of http or https', protocol);
  if (username !== '' || password !== '')
    throw new TypeError('expected `alerts.link` to hold no user and password');
  return link;
}

/**
 * Checks where alerts go and fills in the defaults.
 *
 * @throws TypeError naming the option
 */
export function alertSettings(
  options: AlertOptions | undefined,
  logger: Logger,
  fleet?: AlertStore,
): AlertSettings {
  const given = options ?? {};
  checkKnown('alerts', given, ['sinks', 'link', 'store']);
  const { sinks = [], link, store = fleet } = given;
  if (!Array.isArray(sinks)) throw refuse('alerts.sinks', 'an array of sinks', sinks);
  for (const sink of sinks as readonly (AlertSink | null)[]) {
    if (typeof sink?.send !== 'function' || typeof sink.name !== 'string') {
      throw refuse('alerts.sinks', 'an array of sinks, each with `name` and `send`', sink);
    }
  }
  if (store !== undefined && typeof (store as AlertStore | null)?.decide !== 'function') {
    throw refuse('alerts.store', 'a store with a function `decide`', store);
  }
  return {
    log: sinks.find(isLogSink) ?? logSink(logger),
    sinks: sinks.filter((sink) => !isLogSink(sink)),
    link: link === undefined ? undefined : linkOf(link),
    store,
  };
}
