import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Host, SiteOptions } from './host.ts';
import { serveRows } from './remote-store.ts';
import type { TextStore } from './text-store.ts';

/** A site in a process of its own. */
export interface SpawnedSite {
  readonly url: string;
  /** All that it has written. */
  output(): string;
  /** Ends it in good order; answers how it ended. */
  end(): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts a site in a process of its own, on the rows of this one. */
export async function spawnSite(
  host: Host,
  store: TextStore,
  options: Omit<SiteOptions, 'logger' | 'onRepair' | 'quarantine'> = {},
  version?: 2 | 3,
): Promise<SpawnedSite> {
  const file = fileURLToPath(new URL('./site-process.ts', import.meta.url));
  const child = fork(
    file,
    [host.name, JSON.stringify(options), ...(version === undefined ? [] : [String(version)])],
    {
      execArgv: ['--conditions=@resilient/source'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, RESILIENT_LOG_LEVEL: 'info', NODE_ENV: 'production' },
    },
  );
  serveRows(child, store);
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const lines = createInterface({ input: child.stdout as Readable });
  lines.on('line', (line) => {
    output += `${line}\n`;
  });
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  const url = await Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    ended.then(([code]) => {
      throw new Error(`the site ended with ${code}: ${output}`);
    }),
  ]);
  return {
    url,
    output: () => output,
    end: async () => {
      if (child.exitCode === null) child.kill('SIGTERM');
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}
