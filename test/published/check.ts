/** Runs publint and attw on the packed tarballs: what is checked is what would be published. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packAll, root } from './pack.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'resilient-packed-'));
const bin = (name: string): string => path.join(root, 'node_modules/.bin', name);
let failed = false;

const run = (name: string, command: string, args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(bin(command), args, { encoding: 'utf8' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${command} ${name}`);
  if (status === 0) return;
  failed = true;
  console.log(`${stdout}${stderr}`);
};

try {
  for (const [name, tarball] of packAll(directory)) {
    run(name, 'publint', [tarball, '--strict']);
    run(name, 'attw', [tarball, '--profile', 'esm-only', '--no-color', '--format', 'table-flipped']);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
