import { createApiClient } from '@resilient/http';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';
import type { Contender } from '../../interleave.ts';

const LIMIT_MS = 30_000;

const answer = { ok: true };
let seen: unknown;

/** What every contender calls. The work itself is as good as nothing, so that only the wrapping is measured. */
const work = async (context?: { signal: AbortSignal }): Promise<object> => {
  seen = context?.signal;
  return answer;
};
const deaf = async (): Promise<object> => answer;

/** As the three manuals show it, with their defaults. */
export function documentedChain(): Contender {
  const breaker = new CircuitBreaker(deaf);
  return {
    name: 'p-retry(p-timeout(opossum.fire()))',
    call: () => pRetry(() => pTimeout(breaker.fire(), { milliseconds: LIMIT_MS }), { retries: 3 }),
  };
}

/** The same by somebody who has measured: opossum without timeout and percentiles, p-timeout with a lazy error. */
export function tunedChain(): Contender {
  const breaker = new CircuitBreaker(deaf, {
    timeout: false,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  const fallback = (): never => {
    throw new Error('timed out');
  };
  return {
    name: 'the same chain, tuned',
    call: () =>
      pRetry(() => pTimeout(breaker.fire(), { milliseconds: LIMIT_MS, fallback }), {
        retries: 3,
        minTimeout: 100,
      }),
  };
}

/** The three policies of cockatiel that do the same, with the numbers of its manual. */
export function cockatielPolicy(): Contender {
  const {
    circuitBreaker,
    ConsecutiveBreaker,
    ExponentialBackoff,
    handleAll,
    retry,
    timeout,
    TimeoutStrategy,
    wrap,
  } = cockatiel;
  const policy = wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 5_000, breaker: new ConsecutiveBreaker(10) }),
    timeout(LIMIT_MS, TimeoutStrategy.Aggressive),
  );
  return { name: 'cockatiel wrap(retry, breaker, timeout)', call: () => policy.execute(work) };
}

/** What any limit of time costs. */
export const floor: Contender = {
  name: 'await fn() + setTimeout/clearTimeout',
  call: async () => {
    const timer = setTimeout(() => {}, LIMIT_MS);
    try {
      return await deaf();
    } finally {
      clearTimeout(timer);
    }
  },
};

/** Ours with everything on, and what ends it; `signal` read is what a real function does. */
export function ourClient(): { readonly ours: readonly Contender[]; close(): Promise<void> } {
  const client = createApiClient({ name: 'bench', timeoutMs: 60_000 });
  return {
    ours: [
      { name: 'client.call, signal read', call: () => client.call(work) },
      { name: 'client.call, signal not read', call: () => client.call(deaf) },
    ],
    async close() {
      await client.close();
      if (seen === undefined) throw new Error('the signal was never read');
    },
  };
}
