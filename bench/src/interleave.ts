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

/** Something that is measured. */
export interface Contender {
  readonly name: string;
  readonly call: () => Promise<unknown>;
}

/** What is compared: each of ours with each peer. */
export interface Comparison {
  readonly name: string;
  readonly ours: readonly Contender[];
  readonly peers: readonly Contender[];
  /** Greatest ratio allowed, for some of the pairs. */
  readonly goal: (own: Contender, peer: Contender) => number | undefined;
  /** @defaultValue `40` */
  readonly rounds?: number;
  /** Calls in a round: fewer where one takes long. @defaultValue `2_000` */
  readonly calls?: number;
  /** Calls under way at a time. @defaultValue `1` */
  readonly atOnce?: number;
  /** Rounds of each before any is measured: until its code is compiled, a round takes many times as long. @defaultValue `3` */
  readonly warmRounds?: number;
}

const ROUNDS = 40;
const CALLS = 2_000;
const WARM_ROUNDS = 3;

const quantile = (values: readonly number[], at: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] as number;
};

interface RoundSize {
  readonly calls: number;
  readonly atOnce: number;
  readonly warmRounds: number;
}

async function round({ call }: Contender, { calls, atOnce }: RoundSize): Promise<number> {
  const startedAt = process.hrtime.bigint();
  if (atOnce === 1) for (let made = 0; made < calls; made += 1) await call();
  else
    for (let made = 0; made < calls; made += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
  return Number(process.hrtime.bigint() - startedAt) / calls;
}

/** Nanoseconds per call of each contender, a list of rounds for each. */
async function measure(
  contenders: readonly Contender[],
  rounds: number,
  size: RoundSize,
): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (const contender of contenders)
    for (let warm = 0; warm < size.warmRounds; warm += 1) await round(contender, size);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (let step = 0; step < contenders.length; step += 1) {
      const at = (turn + step) % contenders.length;
      times[at]?.push(await round(contenders[at] as Contender, size));
    }
  }
  return times;
}

/**
 * Measures all contenders in turn in one process, the order rotated with each round: one after the other, the same ratio
 * drifts by up to 2.5 times.
 */
export async function compare(comparison: Comparison): Promise<BenchResult[]> {
  const { name, ours, peers, goal, rounds = ROUNDS, calls = CALLS, atOnce = 1 } = comparison;
  const size = { calls, atOnce, warmRounds: comparison.warmRounds ?? WARM_ROUNDS };
  const times = await measure([...ours, ...peers], rounds, size);
  return ours.flatMap((own, at) =>
    peers.map((peer, index): BenchResult => {
      const mine = times[at] as number[];
      const theirs = times[ours.length + index] as number[];
      const ratios = mine.map((ns, turn) => ns / (theirs[turn] as number));
      return {
        name,
        variant: own.name,
        nsPerCall: Math.round(quantile(mine, 0.5)),
        ratioTo: peer.name,
        ratio: quantile(ratios, 0.5),
        spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
        goal: goal(own, peer),
      };
    }),
  );
}
