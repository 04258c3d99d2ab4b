import { pino } from 'pino';
import { ignoreRejection } from '../safe/ignore-rejection.ts';
import type { Logger } from './types.ts';

let shared: Logger | undefined;

/**
 * The logger that every factory uses unless it is given one: pino, named `resilient`, made on first use, at the level
 * of the variable `RESILIENT_LOG_LEVEL`. It never throws.
 *
 * @defaultValue level `warn`
 * @example
 * ```ts
 * import { sharedLogger } from '@resilient/core';
 *
 * sharedLogger().warn({ name: 'mailer' }, 'the mailer is slow');
 * ```
 */
export function sharedLogger(): Logger {
  shared ??= guardLogger(makeShared(process.env.RESILIENT_LOG_LEVEL));
  return shared;
}

/** A level that pino does not know is told, and costs nobody a call. */
function makeShared(level: string | undefined): Logger {
  try {
    return pino({ name: 'resilient', level: level || 'warn' });
  } catch {
    const logger = pino({ name: 'resilient', level: 'warn' });
    logger.warn('expected RESILIENT_LOG_LEVEL to be a level of pino: logging at level warn');
    return logger;
  }
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

/**
 * A logger around yours that never throws: a log line that cannot be written must not change a result.
 * @example
 * ```ts
 * import { guardLogger, sharedLogger } from '@resilient/core';
 *
 * const logger = guardLogger(sharedLogger().child({ name: 'mailer' }));
 * logger.info('ready');
 * ```
 */
export function guardLogger(logger: Logger): Logger {
  const guarded: Record<string, unknown> = {
    child(bindings: Record<string, unknown>): Logger {
      try {
        return guardLogger(logger.child(bindings));
      } catch {
        return guarded as unknown as Logger;
      }
    },
  };
  for (const level of LEVELS) {
    guarded[level] = (...line: [object, string]): void => {
      try {
        ignoreRejection(logger[level](...line));
      } catch {
        // the line is lost, the call is not
      }
    };
  }
  return guarded as unknown as Logger;
}

/**
 * Answers the logger to use: yours, guarded, or the shared one.
 *
 * @throws TypeError if what was given is no logger
 * @example
 * ```ts
 * import { type Logger, loggerOf } from '@resilient/core';
 *
 * const open = (options: { logger?: Logger }): void => loggerOf(options.logger).info('opened');
 * ```
 */
export function loggerOf(logger: Logger | undefined): Logger {
  if (logger === undefined) return sharedLogger();
  for (const level of [...LEVELS, 'child'] as const) {
    if (typeof (logger as Partial<Logger> | null)?.[level] !== 'function') {
      throw new TypeError(`expected \`logger\` to have a function \`${level}\`, as pino has`);
    }
  }
  return guardLogger(logger);
}
