import { createApiClient } from '@resilient/http';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

/** One figure: what a call costs, as a ratio to something measured in the same rounds. */
export interface BenchResult {
  readonly name: string;
  readonly variant: string;
  /** Median over the rounds. */
  readonly nsPerCall: number;
  readonly ratioTo: string;
  /** Median of the rounds' ratios. */
  readonly ratio: number;
  /** The quartiles of the rounds' ratios. */
  readonly spread: readonly [number, number];
  /** Greatest ratio allowed; `undefined` for one that is only shown. */
  readonly goal: number | undefined;
}

interface Contender {
  readonly name: string;
  readonly call: () => Promise<unknown>;
}

const ROUNDS = 40;
const CALLS = 2_000;
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
      pRetry(() => pTimeout(breaker.fire(), { milliseconds: LIMIT_MS, fallback }), { retries: 3, minTimeout: 100 }),
  };
}

function cockatielPolicy(): Contender {
  const { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, timeout, TimeoutStrategy, wrap } =
    cockatiel;
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

const median = (values: readonly number[], at = 0.5): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] as number;
};

async function round({ call }: Contender): Promise<number> {
  const startedAt = process.hrtime.bigint();
  for (let made = 0; made < CALLS; made += 1) await call();
  return Number(process.hrtime.bigint() - startedAt) / CALLS;
}

/** Measures contenders in turn, the order rotated with each round: nanoseconds per call, a list for each. */
async function measure(contenders: readonly Contender[]): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (const contender of contenders) for (let warm = 0; warm < 3; warm += 1) await round(contender);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (let step = 0; step < contenders.length; step += 1) {
      const at = (turn + step) % contenders.length;
      times[at]?.push(await round(contenders[at] as Contender));
    }
  }
  return times;
}

/** The happy path of a call: ours with everything on, against what one would put together without it. */
export async function run(): Promise<BenchResult[]> {
  const client = createApiClient({ name: 'bench', timeoutMs: 60_000 });
  const goals = new Map([['p-retry(p-timeout(opossum.fire()))', 0.15]]);
  const ours: Contender[] = [
    { name: 'client.call, signal read', call: () => client.call(work) },
    { name: 'client.call, signal not read', call: () => client.call(deaf) },
  ];
  const peers = [documentedChain(), tunedChain(), cockatielPolicy(), floor];
  const times = await measure([...ours, ...peers]);
  await client.close();
  if (seen === undefined) throw new Error('the signal was never read');
  return ours.flatMap((contender, at) =>
    peers.map((peer, index): BenchResult => {
      const own = times[at] as number[];
      const other = times[ours.length + index] as number[];
      const ratios = own.map((ns, turn) => ns / (other[turn] as number));
      return {
        name: 'http happy path',
        variant: contender.name,
        nsPerCall: Math.round(median(own)),
        ratioTo: peer.name,
        ratio: median(ratios),
        spread: [median(ratios, 0.25), median(ratios, 0.75)],
        goal: goals.get(peer.name),
      };
    }),
  );
}

if (import.meta.main) console.table(await run());
