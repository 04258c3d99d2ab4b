import type { Logger } from '@resilient/core';
import type { SafetyNetSettings } from './safety-net-options.ts';

const EVENTS = ['uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT'] as const;

/** Sentry marks the one, and names the other; both report, and leave the exit to others unless they are told not to. */
function isSentrys(listener: { readonly name: string; readonly _errorHandler?: unknown }): boolean {
  return listener._errorHandler === true || listener.name === 'sendUnhandledPromise';
}

/** Says in the log who else listens to what ends the process: of two owners of one exit, the first takes it. */
export function tellOfOthers({ logger, fatal }: SafetyNetSettings): void {
  for (const event of EVENTS) {
    const listeners = process.listeners(event as 'SIGTERM');
    const others = listeners.filter((listener) => !isSentrys(listener));
    if (others.length > 0) {
      logger.warn(
        { event, listeners: others.map(({ name }) => name || 'anonymous') },
        `others listen to ${event} as well: if one of them exits, nothing is drained`,
      );
    }
    if (others.length < listeners.length) tellOfSentry(logger, event, fatal);
  }
}

function tellOfSentry(logger: Logger, event: (typeof EVENTS)[number], fatal: 'drain' | 'exit'): void {
  if (fatal === 'drain') {
    logger.info(
      {
        event,
        option: event === 'uncaughtException' ? 'exitEvenIfOtherHandlersAreRegistered' : 'mode: strict',
      },
      `Sentry listens to ${event} as well: with that option of its integration it would exit before the drain`,
    );
  } else if (event === 'unhandledRejection') {
    logger.warn(
      { event },
      "Sentry listens to unhandledRejection, so Node does not end the process for one, and it is not recorded: take fatal: 'drain'",
    );
  }
}
