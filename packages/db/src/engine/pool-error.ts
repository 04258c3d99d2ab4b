import { ResilientError, type ResilientErrorOptions } from '@resilient/core';

/**
 * No connection could be had: `POOL_EXHAUSTED` if the time ran out while waiting for one, `CLOSED` after `close()`.
 * Nothing was sent.
 */
export class PoolError extends ResilientError {
  readonly code: 'POOL_EXHAUSTED' | 'CLOSED';

  constructor(code: 'POOL_EXHAUSTED' | 'CLOSED', message: string, options: ResilientErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
