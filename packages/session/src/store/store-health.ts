import { isObserved, type Logger, publish } from '@resilient/core';
import type { StoreOperation } from '../errors/session-store-error.ts';

/** Reads and writes fail apart: a full disk, or a database that is read-only after a failover, still answers reads. */
const sideOf = (operation: StoreOperation): 'reads' | 'writes' => (operation === 'get' ? 'reads' : 'writes');

/** Remembers whether a store works and tells when that changes, once. */
export class StoreHealth {
  readonly #failing = new Set<'reads' | 'writes'>();
  readonly #name: string;
  readonly #logger: Logger;

  constructor(name: string, logger: Logger) {
    this.#name = name;
    this.#logger = logger;
  }

  /** Tells whether this side failed when last tried. */
  isFailing(side: 'reads' | 'writes'): boolean {
    return this.#failing.has(side);
  }

  failed(operation: StoreOperation, error: unknown): void {
    const isNew = this.#failing.size === 0;
    this.#failing.add(sideOf(operation));
    if (!isNew) return;
    const facts = {
      store: this.#name,
      operation,
      errorName: error instanceof Error ? error.name : typeof error,
    };
    this.#logger.error(facts, 'the session store is down');
    if (isObserved('session'))
      publish({ kind: 'session', name: this.#name, package: 'session', action: 'store-down' });
  }

  worked(operation: StoreOperation): void {
    if (!this.#failing.delete(sideOf(operation)) || this.#failing.size > 0) return;
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
