import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFlakyServer } from '@resilient/testing';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The whole site in a process of its own, with a folder of its own. */
export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly databaseFile: string;
  /** The log-ins printed at start, by role. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Everything printed so far. */
  output(): string;
  readonly process: ChildProcess;
}

/** The last that is printed at start: the admin's log-in, or in production the address alone. */
const READY = /admin {2,}admin {2,}\S+\n|Learning platform: \S+\n(?!\n)/;

/** A port that is given to no client: the site must find the same one again when it starts a second time. */
async function freePort(): Promise<number> {
  await using server = await createFlakyServer();
  return server.port;
}

/** Starts the site as `pnpm demo` does, on a free port, in a folder of its own or in `cwd`, and waits until it is there. */
export async function startSite(env: Record<string, string> = {}, cwd?: string): Promise<Site> {
  const folder = cwd ?? (await mkdtemp(path.join(tmpdir(), 'platform-')));
  const child = spawn(process.execPath, ['--conditions=@resilient/source', MAIN], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_ENV: 'development',
      RESILIENT_CHAOS: '1',
      PORT: String(await freePort()),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 8_000))]);
      child.kill('SIGKILL');
    }
    if (cwd === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const limit = Date.now() + 90_000;
  while (!READY.test(output)) {
    if (child.exitCode !== null || Date.now() > limit) {
      await close();
      throw new Error(`the site did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const url = /Learning platform: (\S+)/.exec(output)?.[1] ?? '';
  const logins = [...output.matchAll(/^ {2}(\w+) +\w+ +(\S+)$/gm)].map(([, role, password]) => [
    role,
    password,
  ]);
  return {
    url,
    port: Number(new URL(url).port),
    databaseFile: path.join(folder, 'data', 'school.db'),
    passwords: Object.fromEntries(logins) as Record<string, string>,
    output: () => output,
    process: child,
    [Symbol.asyncDispose]: close,
  };
}
