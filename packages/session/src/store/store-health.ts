import { isObserved, type Logger, publish } from '@resilient/core';
import type { StoreOperation } from '../errors/session-store-error.ts';

/** Remembers whether a store works and tells when that changes, once. */
export class StoreHealth {
  #down = false;
  readonly #name: string;
  readonly #logger: Logger;

  constructor(name: string, logger: Logger) {
    this.#name = name;
    this.#logger = logger;
  }

  failed(operation: StoreOperation, error: unknown): void {
    if (this.#down) return;
    this.#down = true;
    const facts = {
      store: this.#name,
      operation,
      errorName: error instanceof Error ? error.name : typeof error,
    };
    this.#logger.error(facts, 'the session store is down');
    if (isObserved('session'))
      publish({ kind: 'session', name: this.#name, package: 'session', action: 'store-down' });
  }

  worked(): void {
    if (!this.#down) return;
    this.#down = false;
    this.#logger.warn({ store: this.#name }, 'the session store is back');
    if (isObserved('session'))
      publish({ kind: 'session', name: this.#name, package: 'session', action: 'store-up' });
  }

  corrupt(): void {
    this.#logger.warn({ store: this.#name }, 'a stored session cannot be read: its user gets a fresh one');
    if (isObserved('session'))
      publish({ kind: 'session', name: this.#name, package: 'session', action: 'corrupt' });
  }
}
