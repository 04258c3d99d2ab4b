import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { runMutations } from '../src/heal/corpus/run-mutations.fixture.ts';
import { flipEachBit, runSealed } from '../src/heal/corpus/run-sealed.fixture.ts';

const FOLDER = new URL('../../../docs/evidence/', import.meta.url);
const SEED = 20_261_122;

/** Writes what a long run has found, with what it takes to run it again. */
function writeEvidence(name: string, facts: object): void {
  mkdirSync(FOLDER, { recursive: true });
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[0]?.toFixed(1)),
  };
  const text = JSON.stringify(
    { name, commit, code: ['packages/session'], seed: SEED, machine, ...facts },
    null,
    2,
  );
  writeFileSync(new URL(`${name}.json`, FOLDER), `${text}\n`);
}

test('100 good sessions, 1,000 mutations each: nothing invented, nothing granted, sealed or not', {
  timeout: 1_200_000,
}, async () => {
  const plan = { sessions: 100, mutations: 1_000, seed: SEED };
  const plain = await runMutations(plan);
  const sealed = await runSealed(plan);
  const flips = flipEachBit(100);
  const share = Number(((100 * flips.otherUser) / flips.flips).toFixed(1));
  writeEvidence('session-mutations', { plain, sealed, flips: { ...flips, otherUserPercent: share } });
  expect([plain.broken, sealed.broken, flips.passedSeal]).toEqual([[], [], 0]);
  expect([plain.mutations, sealed.mutations]).toEqual([100_000, 100_000]);
});
