import { ResilientError, type ResilientErrorOptions } from '@resilient/core';

/** Somebody who has a connection of a pool. */
export interface PoolHolder {
  /** The unit's `name`; else `transaction` or `statement`. */
  readonly name: string;
  /** For how long, in milliseconds. */
  readonly ageMs: number;
  /** Where it was taken; outside of production only. */
  readonly stack?: string;
}

/** What a {@link PoolError} tells beside its message. */
export interface PoolErrorOptions extends ResilientErrorOptions {
  readonly holders?: readonly PoolHolder[];
}

/** Why no connection could be had. */
export type PoolErrorCode = 'POOL_EXHAUSTED' | 'SERVER_DOWN' | 'CLOSED';

/**
 * No connection could be had: `POOL_EXHAUSTED` if the time ran out while waiting for one, or too many wait already;
 * `SERVER_DOWN` at once while the server cannot be reached, with the last attempt's error as `cause`; `CLOSED` after
 * `close()`. Nothing was sent.
 */
export class PoolError extends ResilientError {
  readonly code: PoolErrorCode;
  /** Who had the connections, the longest first. */
  readonly holders: readonly PoolHolder[];

  constructor(code: PoolErrorCode, message: string, options: PoolErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.holders = options.holders ?? [];
  }

  override toJSON(): Record<string, unknown> {
    const holders = this.holders.map(({ name, ageMs }) => ({ name, ageMs }));
    return { ...super.toJSON(), ...(holders.length > 0 ? { holders } : undefined) };
  }
}
