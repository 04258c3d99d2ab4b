import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const FOLDER = new URL('../../../../docs/evidence/', import.meta.url);

/** Writes what a long run has found to `docs/evidence`, with the commit and the machine it was found on. */
export function writeEvidence(name: string, facts: object): void {
  mkdirSync(FOLDER, { recursive: true });
  const machine = {
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[0]?.toFixed(1)),
  };
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const text = JSON.stringify({ name, commit, code: ['packages/health'], machine, ...facts }, null, 2);
  writeFileSync(new URL(`${name}.json`, FOLDER), `${text}\n`);
}
