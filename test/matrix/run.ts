/** Runs the unit tests and the packed tarballs on the other Nodes we support, installed from npm. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { root } from '../published/pack.ts';

const home = path.join(root, 'test/node-matrix');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');

const run = (command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): number => {
  console.log(`> ${path.relative(root, command)} ${args.join(' ')}`);
  return spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
};

// npm, not pnpm: this folder is no part of the workspace, and both packages bring a `bin/node`.
rmSync(path.join(home, 'node_modules'), { recursive: true, force: true });
if (run('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], home) !== 0) process.exit(1);

const failed: string[] = [];
for (const major of ['22', '26']) {
  const directory = path.join(home, `node_modules/node${major}/bin`);
  const status = run(
    path.join(directory, 'node'),
    [vitest, 'run', '--config', 'vitest.workspace.ts', '--project', 'unit', '--project', 'packed'],
    root,
    { RESILIENT_MATRIX: major },
  );
  if (status !== 0) failed.push(major);
}
if (failed.length > 0) console.error(`failed on Node ${failed.join(' and ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
