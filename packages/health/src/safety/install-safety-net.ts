import { FLUSH_TIMEOUT_MS, SENTRY_FLUSH_MS } from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import { type ErrorReporter, reportError } from '../reporting/error-reporter.ts';
import { onSupervisorWord, tellSupervisor } from '../supervise/messages.ts';
import { bounded } from '../time/bounded.ts';
import type { ShutdownHook } from './drain.ts';
import type { DrainableServer } from './open-requests.ts';
import { tellOfOthers } from './other-listeners.ts';
import {
  checkServer,
  type SafetyNetOptions,
  type SafetyNetSettings,
  safetyNetSettings,
} from './safety-net-options.ts';
import { Shutdown } from './shutdown.ts';

/** What nobody caught ends here. Made by `installSafetyNet`. */
export interface SafetyNet {
  /** Whether the process is about to end. */
  readonly draining: boolean;
  /** Adds a server to drain. */
  addServer(server: DrainableServer): void;
  /** Adds something to do before the process ends, newest first; answers what takes it back. */
  onShutdown(hook: ShutdownHook): () => void;
  /** Drains and exits 0, as on SIGTERM but without its delay. */
  shutdown(): Promise<void>;
  /** Takes all listeners away. */
  remove(): void;
}

let current: SafetyNet | undefined;

/**
 * Catches what nobody caught: records it, writes one fatal line, answers what is open and exits 1; on SIGTERM and
 * SIGINT it drains and exits 0. It owns the exit. A second call adds its servers to the net that is there.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHealthMonitor, installSafetyNet } from '@resilient/health';
 *
 * const server = createServer((_request, response) => response.end('hello'));
 * const net = installSafetyNet({ monitor: createHealthMonitor(), servers: [server] });
 * net.onShutdown(() => console.log('pools are closed here'));
 * net.remove();
 * ```
 */
export function installSafetyNet(options: SafetyNetOptions = {}): SafetyNet {
  const settings = safetyNetSettings(options);
  if (current !== undefined) {
    for (const server of settings.servers) current.addServer(server);
    settings.logger.warn(
      {},
      'a safety net is installed already: it keeps its options, the servers were added',
    );
    return current;
  }
  const shutdown = new Shutdown(settings);
  for (const server of settings.servers) shutdown.requests.watch(server);
  // The first hook is run as the last: what the others report is sent as well.
  if (settings.report !== undefined) shutdown.hooks.push(flushOf(settings, settings.report));
  tellOfOthers(settings);
  const unlisten = listen(settings, shutdown);
  tellSupervisor('net');
  if (settings.monitor.lifecycle === 'starting') tellSupervisor('starting');

  const net: SafetyNet = {
    get draining() {
      return shutdown.draining;
    },
    addServer: (server) => shutdown.requests.watch(checkServer(server)),
    onShutdown(hook) {
      shutdown.hooks.push(hook);
      return () => {
        const place = shutdown.hooks.indexOf(hook);
        if (place >= 0) shutdown.hooks.splice(place, 1);
      };
    },
    shutdown: () => shutdown.end(),
    remove() {
      unlisten();
      shutdown.requests.remove();
      if (current === net) current = undefined;
    },
  };
  current = net;
  return net;
}

/** Adds the listeners, and answers what takes them away. */
function listen(
  { monitor, logger, fatal, report: reporter }: SafetyNetSettings,
  shutdown: Shutdown,
): () => void {
  const report = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    monitor.recordError(error, { handled: false });
    logger.fatal({ err: errorForLog(error), origin }, 'an error that nobody caught');
    reportError(reporter, error, { origin }, logger);
  };
  const onException = (error: unknown): void => shutdown.onFatal(error);
  // A listener of rejections keeps them from the monitor's listener, so they are reported here.
  const onRejection = (reason: unknown): void => {
    report(reason, 'unhandledRejection');
    shutdown.onFatal(reason);
  };
  const onSignal = (signal: NodeJS.Signals): void => shutdown.onSignal(signal);
  const unretire = onSupervisorWord('retire', () => shutdown.onRetire());

  process.on('uncaughtExceptionMonitor', report);
  if (fatal === 'drain') {
    process.on('uncaughtException', onException);
    process.on('unhandledRejection', onRejection);
  }
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    unretire();
    process.off('uncaughtExceptionMonitor', report);
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}

/** A hook that waits until what was reported is sent, for 2 s at most. */
function flushOf({ monitor, logger }: SafetyNetSettings, report: ErrorReporter): ShutdownHook {
  return async function flushReports() {
    const sent = await bounded(monitor.clock, FLUSH_TIMEOUT_MS, () => report.flush?.(SENTRY_FLUSH_MS));
    if (!sent.ok || sent.value === false) {
      logger.warn(
        sent.ok ? {} : { err: errorForLog(sent.error) },
        '`report` could not send everything before the process ends',
      );
    }
  };
}
