import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from '../interleave.ts';
import { ourDatabase, temporaryFolder } from './sqlite-files.ts';
import type { ProcessReport } from './sqlite-process.ts';

const PROCESSES = 4;
const WRITERS = 10;
const UNITS = 20;
const ROUNDS = 3;
const CHILD = fileURLToPath(new URL('./sqlite-process.ts', import.meta.url));

const WAYS = {
  ours: 'safeCommit',
  stock: 'stock Kysely',
  retries: 'stock Kysely + 3 retries',
  immediate: 'BEGIN IMMEDIATE + 20 s native timeout',
} as const;
type Way = keyof typeof WAYS;

interface Figures {
  readonly totalMs: number;
  readonly ok: number;
  readonly p99Ms: number;
  /** Above what the same processes showed while idle. */
  readonly stallMs: number;
}

const quantile = (values: readonly number[], at: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] as number;
};

async function round(way: Way, pauseMs: number): Promise<Figures> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'shared.db');
  const owner = await ourDatabase(file, 'full');
  const args = [file, way, String(WRITERS), String(UNITS), String(pauseMs)];
  const children = Array.from({ length: PROCESSES }, () => fork(CHILD, args));
  await Promise.all(children.map((child) => once(child, 'message')));
  const startedAt = performance.now();
  const reports = children.map(async (child): Promise<ProcessReport> => {
    const [report] = (await once(child, 'message')) as [ProcessReport];
    return report;
  });
  for (const child of children) child.send('go');
  const seen = await Promise.all(reports);
  const totalMs = performance.now() - startedAt;
  await owner.close();
  return {
    totalMs,
    ok: seen.reduce((sum, { ok }) => sum + ok, 0),
    p99Ms: quantile(
      seen.flatMap(({ waitsMs }) => waitsMs),
      0.99,
    ),
    stallMs: Math.max(...seen.map(({ stallMs, idleMs }) => stallMs - idleMs)),
  };
}

async function measure(pauseMs: number): Promise<BenchResult[]> {
  const ways = Object.keys(WAYS) as Way[];
  const figures = new Map<Way, Figures[]>(ways.map((way) => [way, []]));
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (let step = 0; step < ways.length; step += 1) {
      const way = ways[(turn + step) % ways.length] as Way;
      figures.get(way)?.push(await round(way, pauseMs));
    }
  }
  const of = (way: Way, field: keyof Figures): number[] => (figures.get(way) ?? []).map((one) => one[field]);
  const median = (way: Way, field: keyof Figures): number => quantile(of(way, field), 0.5);
  const name = `SQLite, ${PROCESSES} processes × ${WRITERS} writers × ${UNITS} units, ${pauseMs} ms inside each`;
  const row = (
    peer: Way,
    field: 'totalMs' | 'p99Ms' | 'stallMs',
    what: string,
    goal?: number,
  ): BenchResult => {
    const ratios = of('ours', field).map((mine, turn) => mine / (of(peer, field)[turn] as number));
    const units = PROCESSES * WRITERS * UNITS;
    return {
      name: `${name}: ${what}, ns`,
      variant: `${WAYS.ours} (${Math.min(...of('ours', 'ok'))} of ${units} ok, ${median('ours', field).toFixed(0)} ms)`,
      nsPerCall: Math.round(median('ours', field) * 1e6),
      ratioTo: `${WAYS[peer]} (${median(peer, 'ok')} ok, ${median(peer, field).toFixed(0)} ms)`,
      ratio: quantile(ratios, 0.5),
      spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
      goal,
    };
  };
  return [
    row('immediate', 'totalMs', 'total', pauseMs > 0 ? 1.2 : 0.8),
    row('immediate', 'p99Ms', 'p99 of a unit', 0.3),
    row('immediate', 'stallMs', 'longest stall above the idle floor'),
    row('retries', 'p99Ms', 'p99 of a unit'),
    row('stock', 'totalMs', 'total'),
  ];
}

/** Several processes that write to one file. */
export async function run(): Promise<BenchResult[]> {
  return [...(await measure(1)), ...(await measure(0))];
}
