import { createApiClient } from '@resilient/http';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';
import { type BenchResult, type Contender, compare } from '../interleave.ts';

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
function documentedChain(): Contender {
  const breaker = new CircuitBreaker(deaf);
  return {
    name: 'p-retry(p-timeout(opossum.fire()))',
    call: () => pRetry(() => pTimeout(breaker.fire(), { milliseconds: LIMIT_MS }), { retries: 3 }),
  };
}

/** The same by somebody who has measured: opossum without timeout and percentiles, p-timeout with a lazy error. */
function tunedChain(): Contender {
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

function cockatielPolicy(): Contender {
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

const floor: Contender = {
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

/** The happy path of a call: ours with everything on, against what one would put together without it. */
export async function run(): Promise<BenchResult[]> {
  const client = createApiClient({ name: 'bench', timeoutMs: 60_000 });
  const goals = new Map([['p-retry(p-timeout(opossum.fire()))', 0.12]]);
  const ours: Contender[] = [
    { name: 'client.call, signal read', call: () => client.call(work) },
    { name: 'client.call, signal not read', call: () => client.call(deaf) },
  ];
  const peers = [documentedChain(), tunedChain(), cockatielPolicy(), floor];
  const goal = (_own: Contender, peer: Contender): number | undefined => goals.get(peer.name);
  const results = await compare({ name: 'http happy path', ours, peers, goal });
  await client.close();
  if (seen === undefined) throw new Error('the signal was never read');
  return results;
}
