import type { Backoff, Classifier, Clock, Logger, Verdict } from '@resilient/core';
import type { ApiCallError } from '../errors/api-call-error.ts';
import type { HedgeOptions } from '../hedge/options.ts';
import type { MemoryOptions } from '../memory/settings.ts';

/** What each attempt is given. `signal` and `idempotencyKey` are made when they are first read. */
export interface CallContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when the attempt's time is up, or the caller gives up: pass it on. */
  readonly signal: AbortSignal;
  /** The instant, on the clock's scale, after which nothing of this call is running; `Infinity` for none. */
  readonly deadline: number;
  /**
   * One key for the whole call, the same for each attempt. Reading it is the promise to send it: an attempt whose outcome
   * is unknown is then repeated.
   */
  readonly idempotencyKey: string;
}

/** How one call is made: also settings of a client, which its calls can override. */
export interface CallSettingsOptions {
  /** Total time of all attempts and waits in milliseconds, above 0; `Infinity` for no limit. @defaultValue `60_000` */
  readonly timeoutMs?: number;
  /** Time of one attempt, at most `timeoutMs`, and never more than what is left. @defaultValue half of `timeoutMs` */
  readonly attemptTimeoutMs?: number;
  /** Attempts after the first: an integer from 0. @defaultValue `3` */
  readonly maxRetries?: number;
  /** Attempts in all, from 1: another way to say `maxRetries`; giving both throws. */
  readonly maxAttempts?: number;
  /**
   * `true` if repeating is harmless (a read, a completion), `false` if it is not.
   * @defaultValue harmless if the function has read `idempotencyKey`
   */
  readonly idempotent?: boolean;
  /** Judges errors before {@link classifyHttp} does; `undefined` leaves the error to it. */
  readonly classify?: Classifier;
  /** Judges values: a verdict says that the value is a failure. A `Response` is judged by its status after that. */
  readonly classifyResult?: (value: unknown) => Verdict | undefined;
  /**
   * `true` to wait while the circuit is open, if it is tried again before the deadline; at most 1,000 calls wait.
   * @defaultValue `false`: such a call fails at once
   */
  readonly waitForBreaker?: boolean;
  /** Calls of one key share one rate limit: an API key, model or tenant. @defaultValue one for the whole name */
  readonly rateLimitKey?: string;
}

/** A call's own fallback, by which the type of its result is widened. */
export interface FallbackOption<F> {
  /**
   * What a call answers that has failed for good: a value, or a function of the error, called anew each time, which has
   * 1 s. Never for a call that was given up or closed, nor for an error of the program. @defaultValue none
   */
  readonly fallback?: F | ((error: ApiCallError) => F | PromiseLike<F>);
}

/** What belongs to a single call. */
export interface CallOptions extends CallSettingsOptions {
  /** Gives up at once, wherever the call is. */
  readonly signal?: AbortSignal;
  /** The key to send: derive it from the order or job, so that a second run sends the same. @defaultValue a new UUID */
  readonly idempotencyKey?: string;
}

/** Settings that a client, or a single call, is born with. */
export interface ClientSettingsOptions extends CallSettingsOptions, MemoryOptions {
  /** Sends a second request beside a slow one, if the call may be repeated; needs a `name`. @defaultValue `false` */
  readonly hedge?: HedgeOptions | false;
  /** Waits between attempts. @defaultValue as in core: up to 100, 200, 400 ms; after a rate limit from 1 s on */
  readonly backoff?: Backoff;
  /** @defaultValue the shared pino logger, at level `warn` */
  readonly logger?: Logger;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** From 0 to 1, 1 excluded. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** Options of {@link createApiClient}. */
export interface ApiClientOptions extends ClientSettingsOptions {
  /** The dependency: calls of one name share breaker, budget, slots, rate limits and statistics. */
  readonly name: string;
}

/** Options of {@link resilientApiCall}. */
export interface ApiCallOptions extends CallOptions, ClientSettingsOptions {
  /** The dependency. Without it a call has retries and time limits only. @defaultValue none */
  readonly name?: string;
}
