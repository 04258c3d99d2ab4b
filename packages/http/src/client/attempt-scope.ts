import { WorkScope } from '@resilient/core';
import type { CallContext } from './options.ts';

/** Where the one key of a call comes from; asking is the promise to send it. */
export interface KeySource {
  readKey(): string;
}

/** What one attempt is given. */
export class AttemptScope extends WorkScope implements CallContext {
  readonly attempt: number;
  readonly #keys: KeySource;

  constructor(keys: KeySource, attempt: number, deadline: number, caller: AbortSignal | undefined) {
    super(deadline, caller);
    this.attempt = attempt;
    this.#keys = keys;
  }

  get idempotencyKey(): string {
    return this.#keys.readKey();
  }
}
