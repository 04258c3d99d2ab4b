import type { Logger } from './types.ts';
/**
 * The logger that every factory uses unless it is given one: pino, named `resilient`, made on first use, at the level
 * of the variable `RESILIENT_LOG_LEVEL`.
 *
 * @defaultValue level `warn`
 */
export declare function sharedLogger(): Logger;
/** A logger around yours that never throws: a log line that cannot be written must not change a result. */
export declare function guardLogger(logger: Logger): Logger;
/**
 * Answers the logger to use: yours, guarded, or the shared one.
 *
 * @throws TypeError if what was given is no logger
 */
export declare function loggerOf(logger: Logger | undefined): Logger;
