import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from '../interleave.ts';
import type { Answer, Order } from './sqlite-contender.ts';
import { type Synchronous, temporaryFolder } from './sqlite-files.ts';

/** Ours, Kysely as its manual shows it, batches written by hand. */
export type Way = 'ours' | 'stock' | 'batches';

/** What the contenders do. */
export interface Race {
  readonly synchronous: Synchronous;
  readonly callers: number;
  /** A row more, or one row changed, in each unit. */
  readonly statement: 'insert' | 'update';
  /** Units in a round, for each who takes part. */
  readonly units: Readonly<Partial<Record<Way, number>>>;
  readonly rounds: number;
}

/** What was measured: nanoseconds a unit, a round each, and the longest stalls of the event loop in milliseconds. */
export interface Finish {
  readonly times: Readonly<Partial<Record<Way, readonly number[]>>>;
  readonly stallMs: number;
}

const WARM_ROUNDS = 3;
const STALL_MS = 1_000;
/** What the contract allows. */
const STALL_LIMIT_MS = 15;
const CHILD = fileURLToPath(new URL('./sqlite-contender.ts', import.meta.url));

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

/**
 * Measures all in turn, the order rotated with each round, each in a process of its own: an application uses one of them,
 * and together in one they spoil each other's optimized code.
 */
export async function race({ synchronous, callers, statement, units, rounds }: Race): Promise<Finish> {
  await using folder = await temporaryFolder();
  const ways = Object.keys(units) as Way[];
  const children = new Map<Way, ChildProcess>();
  const times: Partial<Record<Way, number[]>> = {};
  try {
    for (const way of ways) {
      const file = join(folder.path, `${way}.db`);
      const child = fork(CHILD, [file, way, synchronous, String(callers), statement]);
      children.set(way, child);
      times[way] = [];
      await once(child, 'message');
    }
    for (let turn = -WARM_ROUNDS; turn < rounds; turn += 1) {
      for (let step = 0; step < ways.length; step += 1) {
        const way = ways[(turn + WARM_ROUNDS + step) % ways.length] as Way;
        const order = { units: units[way] as number };
        const { nsPerUnit } = await ask(children.get(way) as ChildProcess, order);
        if (turn >= 0) times[way]?.push(nsPerUnit);
      }
    }
    const { stallMs } = await ask(children.get('ours') as ChildProcess, { forMs: STALL_MS });
    return { times, stallMs };
  } finally {
    for (const child of children.values()) child.disconnect();
    await Promise.all([...children.values()].map((child) => child.exitCode ?? once(child, 'exit')));
  }
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] as number;
}

const perSecond = (times: readonly number[]): string =>
  `${Math.round(1e9 / quantile(times, 0.5)).toLocaleString('en')} per second`;

/** One line of the report. */
export interface RaceLine {
  readonly name: string;
  readonly variant: string;
  readonly peer: Way;
  readonly peerName: string;
  /** Greatest ratio of the times. */
  readonly goal: number | undefined;
}

/** Ours against a peer. */
export function ratioLine({ times }: Finish, { name, variant, peer, peerName, goal }: RaceLine): BenchResult {
  const mine = times.ours ?? [];
  const theirs = times[peer] ?? [];
  const ratios = mine.map((ns, turn) => ns / (theirs[turn] as number));
  return {
    name,
    variant: `${variant} (${perSecond(mine)})`,
    nsPerCall: Math.round(quantile(mine, 0.5)),
    ratioTo: `${peerName} (${perSecond(theirs)})`,
    ratio: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    goal,
  };
}

/** How long ours made the event loop stand still, against what is allowed. */
export function stallLine({ stallMs }: Finish, name: string, variant: string): BenchResult {
  const ratio = stallMs / STALL_LIMIT_MS;
  return {
    name: `${name}: longest stall of the event loop in a second, ns`,
    variant,
    nsPerCall: Math.round(stallMs * 1e6),
    ratioTo: `${STALL_LIMIT_MS} ms`,
    ratio,
    spread: [ratio, ratio],
    goal: 1,
  };
}
