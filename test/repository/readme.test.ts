import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFlakyServer } from '@resilient/testing';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');

/** Runs a module of TypeScript given as text, where the packages can be found, and answers what it printed. */
async function runModule(
  text: string,
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    ['--conditions=@resilient/source', '--input-type=module-typescript', '-'],
    {
      cwd: fileURLToPath(new URL('examples/learning-platform/', root)),
      env: { ...process.env, ...env },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  child.stdin.end(text);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

it('fits on its 150 lines', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
});

it('shows code that runs, against a service that fails at first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'readme-'));
  await using server = await createFlakyServer([503, 200]);
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const text = code.replace('sqlite:./school.db', `sqlite:${join(folder, 'school.db')}`);
  expect(text).not.toBe(code);
  const ran = await runModule(text, { SERVICE_URL: server.url });
  await rm(folder, { recursive: true });
  expect(ran).toEqual({ code: 0, output: 'Progress saved: 10 XP\n200\n' });
  expect(server.requests).toHaveLength(2);
});
