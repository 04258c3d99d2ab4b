import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createFlakyServer } from '@resilient/testing';

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
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
    for (const wake of waiting) wake();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
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
          // What it wrote last is read after it has ended.
          if (found === undefined && !isClosed) return;
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

/** A port that is free, and stays so while workers come and go: it is given to no client. */
export async function freePort(): Promise<number> {
  await using server = await createFlakyServer();
  return server.port;
}
