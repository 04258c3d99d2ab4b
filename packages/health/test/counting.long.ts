import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { flood, HISTOGRAMS_MB } from './support/flood.ts';

const FOLDER = new URL('../../../docs/evidence/', import.meta.url);

function writeEvidence(facts: object): void {
  mkdirSync(FOLDER, { recursive: true });
  const machine = {
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[0]?.toFixed(1)),
  };
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const text = JSON.stringify({ name: 'health-counting', commit, machine, ...facts }, null, 2);
  writeFileSync(new URL('health-counting.json', FOLDER), `${text}\n`);
}

test('10 million errors of 1 million kinds: totals exact, 8 MB at most, and one real error among them is told', {
  timeout: 3_600_000,
}, async () => {
  const found = await flood(10_000_000, 1_000_000);
  const memoryMb = found.heapMb + HISTOGRAMS_MB;
  writeEvidence({ errors: 10_000_000, kinds: 1_000_000, memoryMb, ...found });
  expect(found).toMatchObject({ types: 257, realFired: 1, bounds: { selfErrors: 0 } });
  expect([found.totalErrors, found.sumOfTypes]).toEqual([found.counted, found.counted]);
  expect(memoryMb).toBeLessThanOrEqual(8);
});
