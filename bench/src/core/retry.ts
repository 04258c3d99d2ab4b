import { autoRetry, retry } from '@resilient/core';
import pRetry from 'p-retry';
import { type BenchResult, type Contender, compare } from '../interleave.ts';

const answer = { ok: true };
let seen: unknown;

/** What every contender calls: nothing, so that only the wrapping is measured. */
const deaf = async (): Promise<object> => answer;
const work = async (context: { signal: AbortSignal }): Promise<object> => {
  seen = context.signal;
  return answer;
};

const options = { maxRetries: 3, timeoutMs: 60_000 } as const;
const wrapped = autoRetry(options)(deaf);

/** The happy path of a retry: nothing fails, so that all of it is what the guard costs. */
export async function run(): Promise<BenchResult[]> {
  const notRead: Contender = { name: 'retry(fn), signal not read', call: () => retry(deaf) };
  const read: Contender = { name: 'retry(fn), signal read', call: () => retry(work) };
  const timed: Contender = { name: 'retry(fn, { maxRetries, timeoutMs })', call: () => retry(deaf, options) };
  const auto: Contender = { name: 'autoRetry({ maxRetries, timeoutMs })(fn)', call: () => wrapped() };
  const goals = new Map([
    [notRead, 0.7],
    [read, 0.85],
  ]);
  const results = await compare({
    name: 'retry happy path',
    ours: [notRead, read, timed, auto],
    peers: [
      { name: 'p-retry', call: () => pRetry(deaf, { retries: 3 }) },
      { name: 'await fn()', call: () => deaf() },
    ],
    goal: (own, peer) => (peer.name === 'p-retry' ? goals.get(own) : undefined),
  });
  if (seen === undefined) throw new Error('the signal was never read');
  return results;
}
