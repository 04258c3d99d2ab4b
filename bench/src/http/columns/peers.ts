import { StandardRetryStrategy } from '@smithy/util-retry';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';
import { type Column, RETRIES, Refused, type Terms } from './column.ts';

type Attempt<T> = () => Promise<T>;

/** The limit of one attempt, for those that have none of their own. */
const inTime = <T>(attempt: Attempt<T>, { attemptMs }: Terms): Promise<T> =>
  pTimeout(attempt(), { milliseconds: attemptMs });

const nothing = (): void => {};

/** One attempt, and what comes of it. */
const raw: Column = {
  name: 'raw',
  open: (terms) => ({ call: (attempt) => inTime(attempt, terms), close: nothing }),
};

/** Its defaults but for the number of retries: 1, 2, 4 s between them. */
const retrying: Column = {
  name: 'p-retry',
  open: (terms) => ({
    call: (attempt) => pRetry(() => inTime(attempt, terms), { retries: RETRIES }),
    close: nothing,
  }),
};

function circuitOf({ attemptMs }: Terms): CircuitBreaker<[Attempt<unknown>], unknown> {
  return new CircuitBreaker((attempt: Attempt<unknown>) => attempt(), { timeout: attemptMs });
}

/** Its defaults: opens at more than half, stays open for 30 s. */
const breaking: Column = {
  name: 'opossum',
  open(terms) {
    const circuit = circuitOf(terms);
    return {
      call: <T>(attempt: Attempt<T>) => circuit.fire(attempt) as Promise<T>,
      close: () => circuit.shutdown(),
    };
  },
};

/** Both, one inside the other, as both manuals show it. */
const both: Column = {
  name: 'p-retry + opossum',
  open(terms) {
    const circuit = circuitOf(terms);
    return {
      call: <T>(attempt: Attempt<T>) =>
        pRetry(() => circuit.fire(attempt) as Promise<T>, { retries: RETRIES }),
      close: () => circuit.shutdown(),
    };
  },
};

/** `wrap(retry, circuitBreaker, timeout)` with the numbers of its manual. */
const cockatielColumn: Column = {
  name: 'cockatiel',
  open({ attemptMs }) {
    const { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, timeout } = cockatiel;
    const policy = cockatiel.wrap(
      retry(handleAll, { maxAttempts: RETRIES, backoff: new ExponentialBackoff() }),
      circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
      timeout(attemptMs, cockatiel.TimeoutStrategy.Aggressive),
    );
    return { call: <T>(attempt: Attempt<T>) => policy.execute(attempt) as Promise<T>, close: nothing };
  },
};

/** What AWS' strategy is told of a failure. */
function errorInfoOf(error: unknown): Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1] {
  if (!(error instanceof Refused) || error.status !== 429) return { errorType: 'TRANSIENT' };
  const ms = Number(error.headers['retry-after-ms'] ?? Number(error.headers['retry-after']) * 1_000);
  return { errorType: 'THROTTLING', retryAfterHint: new Date(Date.now() + ms) };
}

/** AWS' standard strategy in the loop that its SDK puts around it. */
const aws: Column = {
  name: '@smithy/util-retry',
  open(terms) {
    const strategy = new StandardRetryStrategy(RETRIES + 1);
    return {
      async call(attempt) {
        let token = await strategy.acquireInitialRetryToken('scorecard');
        for (;;) {
          try {
            const value = await inTime(attempt, terms);
            strategy.recordSuccess(token);
            return value;
          } catch (error) {
            token = await strategy.refreshRetryTokenForRetry(token, errorInfoOf(error)).catch(() => {
              throw error; // no token is left, or no attempt
            });
          }
        }
      },
      close: nothing,
    };
  },
};

/** What one would use instead. */
export const peers: readonly Column[] = [raw, retrying, breaking, both, cockatielColumn, aws];
