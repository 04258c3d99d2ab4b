import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What a fixture beside this file prints, as JSON; it runs in a process of its own. */
export async function runFixture<T>(name: string): Promise<T> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const args = ['--expose-gc', '--conditions=@resilient/source', file];
  const options = { maxBuffer: 2 ** 27, env: { ...process.env, NODE_OPTIONS: '' } };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return JSON.parse(stdout) as T;
}
