import { checkKnown, checkType } from '@resilient/core';
import type { BreakerState } from '../breaker/breaker.ts';
import type { MemoryParts } from '../memory/settings.ts';
import { Caller, type CloseOptions } from './caller.ts';
import type { ApiClientOptions, CallContext, CallOptions, FallbackOption } from './options.ts';
import { checkName, clientOptionNames, clientSettings, mergedSettings } from './settings.ts';
import { type ApiClientStats, statsOf } from './stats.ts';

/** A client's circuit breaker, for operators. */
export interface BreakerControl {
  /** `closed` also if the client has none. */
  readonly state: BreakerState;
  /** When the open circuit is tried again; `undefined` while it is closed. */
  readonly retryAt: Date | undefined;
  /** Opens it, as failures would: for its open time, after which a probe decides. */
  open(): void;
  /** Closes it, with an empty window. */
  close(): void;
}

/** A client of {@link createApiClient}: settings and a memory, kept for its calls. */
export interface ApiClient {
  /**
   * Makes one call.
   *
   * @throws TypeError | RangeError (rejects, before the first attempt) if an option is wrong
   * @throws ApiCallError (rejects) with the code that follows from its `stopReason`
   */
  call<T, F = never>(
    fn: (context: CallContext) => T | PromiseLike<T>,
    options?: CallOptions & FallbackOption<F>,
  ): Promise<T | F>;
  /** A function of the same parameters and `this`, each of whose calls is made through the client. */
  wrap<This, A extends unknown[], T>(
    fn: (this: This, ...args: A) => T | PromiseLike<T>,
  ): (this: This, ...args: A) => Promise<T>;
  /** What the calls of this name did so far. */
  stats(): ApiClientStats;
  readonly breaker: BreakerControl;
  /** Refuses new calls (`CLOSED`), waits for running ones up to `timeoutMs`, then aborts them; a second call waits along. */
  close(options?: CloseOptions): Promise<void>;
}

function controlOf(caller: Caller): BreakerControl {
  return {
    get state() {
      return caller.memory.breaker?.state ?? 'closed';
    },
    get retryAt() {
      return caller.memory.breaker?.retryAt;
    },
    open: () => caller.memory.breaker?.open(),
    close: () => caller.memory.breaker?.close(),
  };
}

/**
 * Makes a client that keeps settings for its calls, and a memory: circuit breaker, retry budget, slots, rate limits and
 * statistics are shared by all calls of its `name` in the thread.
 *
 * @throws TypeError | RangeError if an option is wrong, or differs from what the first use of the name has fixed
 * @example
 * ```ts
 * import { createApiClient } from '@resilient/http';
 *
 * const prices = createApiClient({ name: 'prices', idempotent: true, maxRetries: 2, attemptTimeoutMs: 5_000 });
 * const answer = await prices.call(({ signal }) => fetch('http://127.0.0.1:3000/prices', { signal }));
 * console.log(answer.status, prices.stats().attempts);
 * await prices.close();
 * ```
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  checkKnown('createApiClient', options, clientOptionNames);
  const name = checkName(options.name);
  const settings = clientSettings(options);
  const { clock, random, logger } = settings;
  const parts: MemoryParts = { clock, random, logger };
  const caller = new Caller({ name, options, parts, givenClock: options.clock });
  return {
    call(fn, given) {
      // not async: a promise around a promise would cost three more turns
      try {
        checkType('fn', fn, 'function');
        return given === undefined
          ? caller.call(fn, settings)
          : caller.call(fn, mergedSettings(settings, given), given);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    wrap(fn) {
      checkType('fn', fn, 'function');
      return function (...args) {
        return caller.call(() => fn.apply(this, args), settings);
      };
    },
    stats: () => statsOf(caller.memory),
    breaker: controlOf(caller),
    close: async (given) => caller.close(given),
  };
}
