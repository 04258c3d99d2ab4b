import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `pnpm evidence`: lists the figures of `docs/evidence` whose code has changed since they were measured. Each file there
 * has the `commit` it was measured at and the `code` it speaks of (folders).
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = `${root}docs/evidence/`;

interface Evidence {
  readonly commit: string;
  readonly code?: readonly string[];
}

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
let old = 0;
for (const file of files) {
  const { commit, code = ['packages'] } = JSON.parse(readFileSync(folder + file, 'utf8')) as Evidence;
  const sources = code.map((path) => `${path}/**/src/**`);
  const changed = git(
    'diff',
    '--name-only',
    commit,
    'HEAD',
    '--',
    ...sources.map((path) => `:(glob)${path}`),
  );
  const count = changed === '' ? 0 : changed.split('\n').length;
  if (count > 0) old += 1;
  console.log(
    `${basename(file, '.json').padEnd(32)} ${commit.slice(0, 7)}  ${count === 0 ? 'fresh' : `${count} files changed since`}`,
  );
}
console.log(`${files.length} figures, ${old} older than their code`);
process.exitCode = old > 0 ? 1 : 0;
