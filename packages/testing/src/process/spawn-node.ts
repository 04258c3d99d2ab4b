import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkKnown, checkNumber, refuse } from '@resilient/core';
import { messageQueue } from './message-queue.ts';

/** What a second process runs: a file, by path or URL, or the text of a module. TypeScript is stripped of its types. */
export type NodeEntry = string | URL | { readonly source: string };

/** Options of {@link spawnNode}. */
export interface SpawnNodeOptions {
  /**
   * Arguments, from `process.argv[2]` on (from `process.argv[1]` on with `source`).
   * @defaultValue `[]`
   */
  readonly args?: readonly string[];
  /**
   * Environment over the one of this process; `undefined` takes a variable away.
   * @defaultValue `{}`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Further flags of Node, such as `--expose-gc`.
   * @defaultValue `[]`
   */
  readonly execArgv?: readonly string[];
  /**
   * Working folder; a `source` finds its imports from here.
   * @defaultValue the one of this process
   */
  readonly cwd?: string;
}

/** How a process ended: by its exit code, or by a signal. */
export interface NodeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A second process; see {@link spawnNode}. */
export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: string;
  /** What it has written to its error output so far. */
  readonly stderr: string;
  /** Resolves when the process is gone and all its output has arrived. */
  readonly exited: Promise<NodeExit>;
  /** Sends a message to its `process.on('message')`; anything that can be cloned. */
  send(message: unknown): void;
  /**
   * The next message it sends with `process.send`, each handed out once, in order; rejects after `timeoutMs`
   * (default 10,000), and when the process is gone without one.
   */
  next<T = unknown>(timeoutMs?: number): Promise<T>;
  /** Ends it, with SIGKILL by default, and waits. Nothing happens when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<NodeExit>;
  /** `kill()`. */
  close(): Promise<void>;
}

/** Ends the child when this process is gone, also when that was before the child's first line. */
const leash = (): string => {
  const script = `setInterval(() => process.ppid === ${process.pid} || process.kill(process.pid, 'SIGKILL'), 200).unref()`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
};

const flagsOf = (entry: NodeEntry): string[] => {
  if (typeof entry === 'string') return [entry];
  if (entry instanceof URL) return [fileURLToPath(entry)];
  if (typeof entry === 'object' && entry !== null && typeof entry.source === 'string') {
    return ['--input-type=module-typescript', '--eval', entry.source, '--'];
  }
  throw refuse('entry', 'a path, a URL or { source }', entry);
};

const environment = (changes: SpawnNodeOptions['env']): NodeJS.ProcessEnv => {
  const env = { ...process.env, ...changes };
  for (const name of Object.keys(env)) if (env[name] === undefined) delete env[name];
  return env;
};

const start = async (entry: NodeEntry, options: SpawnNodeOptions): Promise<ChildProcess> => {
  const ours = ['--conditions=@resilient/source', '--disable-warning=ExperimentalWarning', leash()];
  const flags = [...ours, ...(options.execArgv ?? []), ...flagsOf(entry), ...(options.args ?? [])];
  const child = spawn(process.execPath, flags, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: environment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve).once('error', reject);
  });
  return child;
};

/**
 * Runs a module in a second Node process with messages in both directions: for locks held by others, crashes, and
 * what several processes do to one file. The child sees the sources of this workspace, and dies with this process.
 *
 * @throws TypeError for an entry that is none; Error when the process cannot be started.
 *
 * @example
 * ```ts
 * import { spawnNode } from '@resilient/testing';
 *
 * await using child = await spawnNode({ source: `process.on('message', (n: number) => process.send?.(n * 2));` });
 * child.send(21);
 * console.log(await child.next()); // 42
 * ```
 */
export const spawnNode = async (entry: NodeEntry, options: SpawnNodeOptions = {}): Promise<NodeProcess> => {
  checkKnown('spawnNode', options, ['args', 'env', 'execArgv', 'cwd']);
  const child = await start(entry, options);
  const inbox = messageQueue();
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.on('message', inbox.add);
  child.on('error', () => {});
  const exited = new Promise<NodeExit>((resolve) => {
    child.once('close', (code, signal) => {
      inbox.end(() => new Error(`the process ended (${signal ?? `code ${code}`})\n${stderr.slice(-2000)}`));
      resolve({ code, signal });
    });
  });
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): Promise<NodeExit> => {
    child.kill(signal);
    return exited;
  };
  const close = async (): Promise<void> => void (await kill());
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    exited,
    // A process that is gone answers nothing anyway.
    send: (message) => void child.send(message as object, () => {}),
    async next<T>(timeoutMs = 10_000): Promise<T> {
      checkNumber('timeoutMs', timeoutMs, { infinity: true });
      return (await inbox.next(
        timeoutMs,
        () => `no message within ${timeoutMs} ms\n${stderr.slice(-2000)}`,
      )) as T;
    },
    kill,
    close,
    [Symbol.asyncDispose]: close,
  };
};
