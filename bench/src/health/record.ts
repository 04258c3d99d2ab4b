import type { Logger } from '@resilient/core';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { Counter, Histogram, Registry } from 'prom-client';
import { type BenchResult, type Contender, compare } from '../interleave.ts';

/** Records in one call, so that the await of a call is a hundredth of what is measured. */
const BATCH = 100;
const ROUNDS = 60;
const CALLS = 100;

const ROUTES = [
  '/',
  '/users',
  '/users/:id',
  '/courses',
  '/courses/:id',
  '/courses/:id/quiz',
  '/search',
  '/me',
];

/** Errors as they are recorded: of eight sorts, each already logged, so that V8 has written its stack. */
class StockError extends Error {
  override readonly name = 'StockError';
  readonly code = 'E_STOCK';
}
const samples = ROUTES.map((_, sort) => new StockError(`no stock of item in shop ${'abcdefgh'[sort]}`));
const shapes = samples.map(({ name, message, code, stack }) => ({ name, message, code, stack }));

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => silent,
};

/** What one would write by hand: a counter by route and status, and a histogram of durations by the same. */
function promClient() {
  const registers = [new Registry()];
  const requests = new Counter({ name: 'requests', help: 'r', labelNames: ['route', 'status'], registers });
  const durations = new Histogram({
    name: 'durations',
    help: 'd',
    labelNames: ['route', 'status'],
    registers,
  });
  const errors = new Counter({ name: 'errors', help: 'e', labelNames: ['type', 'code'], registers });
  return {
    request(route: string, status: number, ms: number): void {
      requests.inc({ route, status });
      durations.observe({ route, status }, ms / 1_000);
    },
    error({ name, code }: { name: string; code: string }, route: string, ms: number): void {
      errors.inc({ type: name, code });
      durations.observe({ route, status: 500 }, ms / 1_000);
    },
  };
}

/** A batch of `record`, which is told a number that grows. */
function batch(name: string, record: (at: number) => void): Contender {
  let at = 0;
  return {
    name,
    call: async () => {
      for (let made = 0; made < BATCH; made += 1) {
        at += 1;
        record(at);
      }
    },
  };
}

async function requests(monitor: HealthMonitor): Promise<BenchResult[]> {
  const prom = promClient();
  return compare({
    name: 'health: 100 requests recorded',
    ours: [
      batch('monitor.recordRequest', (at) =>
        monitor.recordRequest({ route: ROUTES[at & 7] as string, status: 200, durationMs: at % 300 }),
      ),
    ],
    peers: [
      batch('prom-client inc + observe', (at) => prom.request(ROUTES[at & 7] as string, 200, at % 300)),
    ],
    goal: () => 1,
    rounds: ROUNDS,
    calls: CALLS,
  });
}

async function errors(monitor: HealthMonitor): Promise<BenchResult[]> {
  const prom = promClient();
  const known = await compare({
    name: 'health: 100 errors recorded, their stacks read',
    ours: [
      batch('monitor.recordError', (at) => {
        const route = ROUTES[at & 7] as string;
        monitor.recordError({ ...shapes[at & 7] }, { route });
      }),
    ],
    peers: [
      batch('prom-client inc + observe', (at) => {
        const error = { ...(shapes[at & 7] as (typeof shapes)[0]) };
        prom.error(error, ROUTES[at & 7] as string, at % 300);
      }),
    ],
    goal: () => 1,
    rounds: ROUNDS,
    calls: CALLS,
  });
  const fresh = await compare({
    name: 'health: 100 errors made and recorded',
    ours: [
      batch('monitor.recordError, which reads the stack', (at) =>
        monitor.recordError(new StockError(`no stock of item ${at}`), { route: '/me' }),
      ),
    ],
    peers: [
      batch('prom-client inc + observe', (at) =>
        prom.error(new StockError(`no stock of item ${at}`), '/me', at % 300),
      ),
      batch('reading the stack alone', (at) => {
        if (new StockError(`no stock of item ${at}`).stack === '') throw new Error('no stack');
      }),
    ],
    goal: () => undefined,
    rounds: ROUNDS,
    calls: 20,
  });
  return [...known, ...fresh];
}

/** What a summary costs while every table is full: 256 types, 1,000 fingerprints, a quarter of an hour of requests. */
async function summary(): Promise<BenchResult> {
  await using monitor = createHealthMonitor({ logger: silent });
  for (let at = 0; at < 3_000; at += 1) {
    monitor.recordError({ name: `Type${at}`, message: `kind ${at.toString(36)}` });
    monitor.recordRequest({ route: `/route-${at}`, status: 200, durationMs: at % 300 });
  }
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const startedAt = process.hrtime.bigint();
    for (let made = 0; made < 20; made += 1) monitor.getErrorSummary();
    times.push(Number(process.hrtime.bigint() - startedAt) / 20);
  }
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] as number;
  return {
    name: 'health: a summary with every table full',
    variant: 'monitor.getErrorSummary',
    nsPerCall: Math.round(at(0.5)),
    ratioTo: '1 ms',
    ratio: at(0.5) / 1e6,
    spread: [at(0.25) / 1e6, at(0.75) / 1e6],
    goal: 1,
  };
}

/** What it costs to know: recording a request and an error, and asking for the summary. */
export async function run(): Promise<BenchResult[]> {
  await using monitor = createHealthMonitor({ logger: silent });
  return [...(await requests(monitor)), ...(await errors(monitor)), await summary()];
}
