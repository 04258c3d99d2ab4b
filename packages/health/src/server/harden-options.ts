import { checkKnown, checkNumber, type Logger, loggerOf } from '@resilient/core';
import { HEADERS_TIMEOUT_MS, KEEP_ALIVE_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../defaults.ts';

/** What {@link hardenServer} bounds. */
export interface HardenServerOptions {
  /**
   * How long a request may take to arrive whole, and how long its answer may take to begin, in milliseconds, 1,000 to
   * 86,400,000. An answer that has begun may go on, but not stand still for as long.
   * @defaultValue `120_000`
   */
  readonly requestTimeoutMs?: number;
  /**
   * How long the headers of a request may take to arrive, in milliseconds, 1,000 to `requestTimeoutMs`.
   * @defaultValue `15_000`
   */
  readonly headersTimeoutMs?: number;
  /**
   * How long an idle connection is kept for its next request, in milliseconds, 0 to 3,600,000. Behind a balancer it
   * must be longer than the balancer's own.
   * @defaultValue `5_000`
   */
  readonly keepAliveTimeoutMs?: number;
  /** Most bytes of headers, 1,024 to 1,048,576; more is answered by 431. @defaultValue `16_384`, which is Node's */
  readonly maxHeaderSize?: number;
  /** @defaultValue core's shared pino logger */
  readonly logger?: Logger;
}

/** The same, checked and complete. */
export interface HardenServerSettings {
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderSize: number | undefined;
  readonly logger: Logger;
}

const KNOWN = ['requestTimeoutMs', 'headersTimeoutMs', 'keepAliveTimeoutMs', 'maxHeaderSize', 'logger'];

/**
 * Checks the options of {@link hardenServer}.
 *
 * @throws TypeError or RangeError naming the option
 */
export function hardenSettings(options: HardenServerOptions): HardenServerSettings {
  checkKnown('hardenServer', options, KNOWN);
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, maxHeaderSize } = options;
  checkNumber('requestTimeoutMs', requestTimeoutMs, { min: 1_000, max: 86_400_000 });
  const { headersTimeoutMs = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs) } = options;
  if (maxHeaderSize !== undefined)
    checkNumber('maxHeaderSize', maxHeaderSize, { min: 1_024, max: 1_048_576, integer: true });
  return {
    requestTimeoutMs,
    headersTimeoutMs: checkNumber('headersTimeoutMs', headersTimeoutMs, {
      min: 1_000,
      max: requestTimeoutMs,
    }),
    keepAliveTimeoutMs: checkNumber(
      'keepAliveTimeoutMs',
      options.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
      { max: 3_600_000 },
    ),
    maxHeaderSize,
    logger: loggerOf(options.logger),
  };
}
