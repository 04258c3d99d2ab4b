import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { BenchResult } from './interleave.ts';
import { type Goal, isReached, type Score } from './score.ts';

/** What a bench answers: times as ratios, or lines of a scorecard. */
export type Figure = BenchResult | Score;

/** The last run of one bench, as it is kept. */
export interface Run {
  /** Node, processor and load. */
  readonly machine: string;
  readonly figures: readonly Figure[];
}

const PEERS = ['p-retry', 'p-timeout', 'opossum', 'cockatiel', '@smithy/util-retry', 'prom-client'];

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
}

/** Where a run is being made. */
export function machineOf(): string {
  const load = loadavg()[0]?.toFixed(1);
  return `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${load}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const rule = (cells: readonly string[]): string => row(cells.map(() => '---'));

const isScore = (figure: Figure): figure is Score => 'scenario' in figure;

const isMet = (figure: Figure): boolean =>
  isScore(figure) ? isReached(figure) : figure.goal === undefined || figure.ratio <= figure.goal;

const verdict = (figure: Figure): string => (isMet(figure) ? 'reached' : '**missed**');

const RATIO_COLUMNS = ['bench', 'ours', 'ns per call', 'against', 'ratio', 'quartiles', 'goal'];

function ratioTable(results: readonly BenchResult[]): string[] {
  const lines = results.map((result) =>
    row([
      result.name,
      result.variant,
      `${result.nsPerCall}`,
      result.ratioTo,
      result.ratio.toFixed(3),
      `${result.spread[0].toFixed(3)} to ${result.spread[1].toFixed(3)}`,
      result.goal === undefined ? '' : `≤ ${result.goal} ${verdict(result)}`,
    ]),
  );
  return [row(RATIO_COLUMNS), rule(RATIO_COLUMNS), ...lines, ''];
}

function goalText({ atLeast, atMost, of }: Goal): string {
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return of ? `${bound} (${of})` : bound;
}

function scoreTable(scenario: string, scores: readonly Score[]): string[] {
  const columns = [...new Set(scores.flatMap(({ values }) => Object.keys(values)))];
  const head = ['', ...columns, 'goal'];
  const lines = scores.map((score) => {
    const figures = columns.map((column) => score.values[column]?.toFixed(score.digits) ?? '');
    return row([score.measure, ...figures, score.goal ? `${goalText(score.goal)} ${verdict(score)}` : '']);
  });
  return [`**${scenario}**`, '', row(head), rule(head), ...lines, ''];
}

function section(name: string, { machine, figures }: Run): string[] {
  const scores = figures.filter(isScore);
  const ratios = figures.filter((figure): figure is BenchResult => !isScore(figure));
  const scenarios = [...new Set(scores.map(({ scenario }) => scenario))];
  return [
    `## ${name}`,
    '',
    `${machine}.`,
    '',
    ...(ratios.length > 0 ? ratioTable(ratios) : []),
    ...scenarios.flatMap((scenario) =>
      scoreTable(
        scenario,
        scores.filter((score) => score.scenario === scenario),
      ),
    ),
  ];
}

/** How many goals were missed. */
export function missedIn(figures: readonly Figure[]): number {
  return figures.filter((figure) => !isMet(figure)).length;
}

/** The last run of each bench as a page. */
export function report(runs: ReadonlyMap<string, Run>): string {
  return [
    '# Benchmarks',
    '',
    'Made by `pnpm bench`. Ratios are what counts: each is the median over rounds that were measured in turn in one process,',
    'with the order rotated. Times are of one machine on one day. Scorecards are of simulations in virtual time, with the',
    'same seeded faults and the same load for each column: they come out the same on every machine.',
    '',
    `${PEERS.map(versionOf).join(', ')}.`,
    '',
    ...[...runs].flatMap(([name, run]) => section(name, run)),
  ].join('\n');
}

function runIn(file: URL): Run {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Run | readonly Figure[];
  return 'figures' in kept ? kept : { machine: 'On a machine that was not noted', figures: kept };
}

/** The runs that are kept in a folder, in the order of the names. */
export function keptRuns(folder: URL, names: readonly string[]): Map<string, Run> {
  const files = new Set(readdirSync(folder));
  const runs = new Map<string, Run>();
  for (const name of names) {
    const file = `${name.replace('/', '-')}.json`;
    if (files.has(file)) runs.set(name, runIn(new URL(file, folder)));
  }
  return runs;
}
