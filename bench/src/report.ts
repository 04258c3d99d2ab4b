import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { BenchResult } from './interleave.ts';

const PEERS = ['p-retry', 'p-timeout', 'opossum', 'cockatiel'];

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The figures as a page, and how many goals were missed. */
export function report(results: readonly BenchResult[]): { text: string; missed: number } {
  const missed = results.filter(({ ratio, goal }) => goal !== undefined && ratio > goal).length;
  const lines = results.map((result) =>
    row([
      result.name,
      result.variant,
      `${result.nsPerCall}`,
      result.ratioTo,
      result.ratio.toFixed(3),
      `${result.spread[0].toFixed(3)} to ${result.spread[1].toFixed(3)}`,
      result.goal === undefined
        ? ''
        : `≤ ${result.goal} ${result.ratio <= result.goal ? 'reached' : '**missed**'}`,
    ]),
  );
  const text = [
    '# Benchmarks',
    '',
    'Made by `pnpm bench`. Ratios are what counts: each is the median over rounds that were measured in turn in one process,',
    'with the order rotated. Times are of one machine on one day.',
    '',
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)};`,
    `${PEERS.map(versionOf).join(', ')}.`,
    '',
    row(['bench', 'ours', 'ns per call', 'against', 'ratio', 'quartiles', 'goal']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...lines,
    '',
  ].join('\n');
  return { text, missed };
}
