import { checkKnown, checkType, isResilientError, refuse } from '@resilient/core';
import { Caller, callOf } from '../client/caller.ts';
import type { CallContext, ClientSettingsOptions } from '../client/options.ts';
import { outOfTime } from '../client/refusals.ts';
import {
  type CallSettings,
  checkName,
  checkNameless,
  clientOptionNames,
  clientSettings,
} from '../client/settings.ts';
import { bounds } from '../defaults.ts';
import type { ApiCallError } from '../errors/api-call-error.ts';
import { memorySettings } from '../memory/settings.ts';
import { deadlineOrigins, headersWithDeadline } from './deadline-header.ts';
import { type RequestFacts, requestFactsOf } from './request-facts.ts';

/** What is asked whether a request may be repeated. */
export interface FetchRequest {
  /** Upper case. */
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** Options of {@link createResilientFetch}. */
export interface ResilientFetchOptions extends Omit<ClientSettingsOptions, 'idempotent'> {
  /** The dependency: requests of one name and origin share a memory. @defaultValue none */
  readonly name?: string;
  /**
   * Whether a request may be repeated that may have taken effect.
   * @defaultValue GET, HEAD, OPTIONS, PUT, DELETE, TRACE and QUERY may, the others with an `Idempotency-Key` header
   */
  readonly idempotent?: boolean | ((request: FetchRequest) => boolean);
  /** Makes the answer to a request that has failed for good, anew each time, since a body can be read once. */
  readonly fallback?: (error: ApiCallError) => Response | PromiseLike<Response>;
  /**
   * Origins whose requests carry a `Deadline` header: the instant, as `2025-01-01T00:00:05.000Z`, after which nobody
   * waits for the answer to this attempt, so that the other side can stop too. Clocks must agree. @defaultValue none
   */
  readonly deadlineHeader?: readonly string[];
  /** What sends the requests. @defaultValue the global `fetch`, looked up at each request */
  readonly fetch?: typeof globalThis.fetch;
}

/** RFC 9110, 9.2.2, and QUERY. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
  'QUERY',
]);

function isIdempotent(facts: RequestFacts, told: ResilientFetchOptions['idempotent']): boolean {
  const { method, url } = facts;
  const answer = typeof told === 'function' ? told({ method, url, headers: facts.headers() }) : told;
  return answer ?? (IDEMPOTENT_METHODS.has(method) || facts.headerIn('idempotency-key') !== undefined);
}

function checkOptions(options: ResilientFetchOptions): void {
  checkKnown('createResilientFetch', options, [...clientOptionNames, 'fallback', 'fetch', 'deadlineHeader']);
  const { name, idempotent, fetch } = options;
  if (fetch !== undefined) checkType('fetch', fetch, 'function');
  if (options.fallback !== undefined) checkType('fallback', options.fallback, 'function');
  if (idempotent !== undefined && typeof idempotent !== 'boolean' && typeof idempotent !== 'function') {
    throw refuse('idempotent', 'a boolean or a function', idempotent);
  }
  if (name === undefined) checkNameless(options);
  else checkName(name);
  memorySettings(options);
}

/** The settings of a request whose body can be read once: it is sent again only if it was not read. */
function onceOnly(settings: CallSettings, facts: RequestFacts): CallSettings {
  return {
    ...settings,
    mayRepeat: (verdict) => verdict.outcome === 'not-sent' && facts.isUnread(),
    hedge: undefined,
  };
}

/**
 * Makes a `fetch` that ends well, for every SDK that accepts one: bounded in time, retried where that is safe, cut off
 * while the other side is down. Switch the SDK's own retries off (`maxRetries: 0`).
 *
 * A final HTTP error comes back as a response, native and unread. An abort rejects with the signal's own reason.
 * Everything else rejects with an `ApiCallError`. A body given as string, bytes, Blob, FormData or URLSearchParams is sent
 * again; a stream, an iterable and the body of a `Request` are sent once.
 * Requests of one origin share a memory, if there is a `name`.
 *
 * @throws TypeError | RangeError if an option is wrong
 * @throws ApiCallError (rejects, from the function made) `CIRCUIT_OPEN`, `SATURATED`, `BUDGET_EXHAUSTED`,
 *   `OUTCOME_UNKNOWN`, `TIMEOUT`, `RATE_LIMITED`, `RETRIES_EXHAUSTED` or `REJECTED`
 * @example
 * ```ts
 * import { createResilientFetch } from '@resilient/http';
 *
 * // completions may be repeated: new OpenAI({ fetch: resilientFetch, maxRetries: 0 })
 * const resilientFetch = createResilientFetch({ name: 'openai', idempotent: true, timeoutMs: 300_000 });
 * ```
 */
export function createResilientFetch(options: ResilientFetchOptions = {}): typeof globalThis.fetch {
  checkOptions(options);
  const { idempotent: told, fetch: given, deadlineHeader, ...rest } = options;
  const toldOrigins = deadlineOrigins(deadlineHeader);
  const { name } = options;
  const base = clientSettings(rest);
  const { clock, random, logger } = base;
  const repeatable = { ...base, idempotent: true };
  const unrepeatable = { ...base, idempotent: false };
  const callers = new Map<string, Caller>();

  const callerOf = (name: string, origin: string): Caller => {
    let caller = callers.get(origin);
    if (!caller) {
      const [oldest] = callers.keys();
      if (oldest !== undefined && callers.size >= bounds.memories) callers.delete(oldest);
      caller = new Caller({
        name,
        origin,
        options: rest,
        parts: { clock, random, logger },
        givenClock: options.clock,
      });
      callers.set(origin, caller);
    }
    return caller;
  };

  return async function resilientFetch(input, init) {
    const send = given ?? globalThis.fetch;
    const facts = requestFactsOf(input, init);
    if (!facts) return send(input, init);
    const { signal, origin } = facts;
    const lasting = isIdempotent(facts, told) ? repeatable : unrepeatable;
    const settings = facts.isLasting ? lasting : onceOnly(lasting, facts);
    const isTold = toldOrigins.has(origin);
    const attempt = ({ signal, deadline }: CallContext): Promise<Response> => {
      if (!isTold) return send(input, { ...init, signal });
      const ms = Math.min(settings.attemptTimeoutMs, deadline - clock.now());
      return send(input, { ...init, signal, headers: headersWithDeadline(facts.headers(), clock, ms) });
    };
    try {
      if (name !== undefined) {
        const caller = callerOf(name, origin);
        if (Number(facts.headerIn('x-stainless-retry-count')) > 0) caller.memory.warnNested(); // openai, anthropic
        return await caller.call(attempt, settings, { signal });
      }
      const call = callOf(attempt, settings, { signal }, origin, undefined);
      if (call.deadline <= call.startedAt) return await call.refused(outOfTime());
      return await call.run();
    } catch (error) {
      if (signal?.aborted && isResilientError(error, 'ABORTED')) throw signal.reason;
      throw error;
    }
  };
}
