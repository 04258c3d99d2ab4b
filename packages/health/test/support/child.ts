import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** One line of a fixture's log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly pid: number;
  readonly [fact: string]: unknown;
}

/** Whether a line says that the handler of `/slow` runs. */
export const hasBegun = (line: Line): boolean => line.message === 'slow began';

/** A fixture in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  readonly lines: Line[];
  readonly output: () => string;
  /** Resolves with the first line that fits, also of those already written. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  /** Resolves with the exit code once everything is read; `null` for one that was killed. */
  ended(): Promise<number | null>;
}

/** Starts a fixture of `test/fixtures`. */
export function startChild(fixture: string, env: Record<string, string> = {}): Child {
  const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@resilient/source', file], {
    env: { ...process.env, NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let rest = '';
  let errors = '';
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
    for (const wake of waiting) wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  void closed.then(() => {
    for (const wake of waiting) wake();
  });
  return {
    process: child,
    lines,
    output: () => lines.map((line) => JSON.stringify(line)).join('\n') + errors,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined && child.exitCode === null && child.signalCode === null) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`the fixture ended before that line:\n${errors}`));
        };
        waiting.add(look);
        look();
      }),
    ended: async () => (await closed)[0],
  };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
