import { spawn } from 'node:child_process';

/**
 * Runs in a process of its own: its standard input ends when the owner dies, by whatever signal. Then it ends the
 * process it was last told of (SIGQUIT, and SIGKILL after 6 s) and removes the folder. Plain JavaScript in a string,
 * so that it works from sources and from the built package alike.
 */
const SCRIPT = `
const { existsSync, rmSync } = require('node:fs');
const folder = process.argv[1];
let pid = 0;
let told = '';
process.stdin.setEncoding('utf8').on('data', (text) => {
  told += text;
  const lines = told.split('\\n');
  told = lines.pop();
  for (const line of lines) pid = Number(line);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.on('error', () => {}).on('close', async () => {
  const send = (signal) => { try { return process.kill(pid, signal); } catch { return false; } };
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  if (pid > 0 && send('SIGQUIT')) {
    for (let round = 0; round < 120 && send(0); round++) await pause(50);
    send('SIGKILL');
  }
  // More than once: rmSync stops without an error where another process removes files at the same time.
  for (let round = 0; round < 50 && existsSync(folder); round++) {
    try { rmSync(folder, { recursive: true, force: true }); } catch {}
    if (existsSync(folder)) await pause(100);
  }
  process.exit();
});
`;

/** Ends a process and removes a folder when this process dies before it could do so itself. */
export interface Watchdog {
  /** Names the process to end; 0 for none. */
  watch(pid: number): void;
  /** Lets the watchdog remove the folder and go; resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts the {@link Watchdog} of `folder`; it does not keep this process alive. */
export const startWatchdog = (folder: string): Watchdog => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ['-e', SCRIPT, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A session of its own: Ctrl-C is for the test, and the watchdog works after it.
    detached: true,
    cwd: '/',
    env,
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', resolve).once('error', resolve);
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    async close() {
      child.ref();
      child.stdin.end('0\n');
      await gone;
    },
  };
};
