import { checkType } from '@resilient/core';
import { memoryOf } from '../memory/registry.ts';
import { callOf } from './caller.ts';
import type { ApiCallOptions, CallContext, FallbackOption } from './options.ts';
import { outOfTime } from './refusals.ts';
import { checkApiCall, clientSettings } from './settings.ts';

/**
 * Makes one call to another service: bounded in time, retried where that is safe, cut off while the other side is down.
 * After an attempt that may have taken effect (a timeout, a broken connection, a 500) it is repeated only with
 * `idempotent: true`, or if `fn` has read `idempotencyKey` from its context, which is the promise to send it; otherwise
 * it ends with `OUTCOME_UNKNOWN`, since a second charge is worse than an error.
 *
 * Errors are judged by what the common SDKs put into them, and so is a `Response` that `fn` resolves with. A response
 * that is still a failure at the end is returned, as fetch does. An error of the program itself, such as a `TypeError`
 * of `fn`, and a validator's are rethrown as they are. `name` gives the call a memory that calls of the same name share.
 *
 * @throws TypeError | RangeError (rejects, before the first attempt) if an option is wrong
 * @throws ApiCallError (rejects) `ABORTED`, `CIRCUIT_OPEN`, `SATURATED`, `BUDGET_EXHAUSTED`, `OUTCOME_UNKNOWN`, `TIMEOUT`,
 *   `RATE_LIMITED`, `RETRIES_EXHAUSTED` or `REJECTED`
 * @example
 * ```ts
 * import { resilientApiCall } from '@resilient/http';
 *
 * const answer = await resilientApiCall(({ signal }) => fetch('http://127.0.0.1:3000/prices', { signal }), {
 *   name: 'prices',
 *   idempotent: true,
 *   timeoutMs: 10_000,
 * });
 * ```
 */
export async function resilientApiCall<T, F = never>(
  fn: (context: CallContext) => T | PromiseLike<T>,
  options: ApiCallOptions & FallbackOption<F> = {},
): Promise<T | F> {
  checkType('fn', fn, 'function');
  checkApiCall(options);
  const settings = clientSettings(options);
  const { clock, random, logger } = settings;
  const { name } = options;
  const memory =
    name === undefined
      ? undefined
      : memoryOf({ name, options, parts: { clock, random, logger }, givenClock: options.clock });
  const call = callOf(fn, settings, options, name ?? 'the call', memory);
  if (call.deadline <= call.startedAt) return call.refused(outOfTime());
  return call.run();
}
