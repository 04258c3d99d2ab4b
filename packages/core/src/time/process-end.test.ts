import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs a script in a process of its own, and answers what it wrote, how it ended and how long it took. */
function run(script: string) {
  const startedAt = process.hrtime.bigint();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--conditions=@resilient/source',
      '-e',
      `import { systemClock } from './system-clock.ts'; ${script}`,
    ],
    { cwd: import.meta.dirname, encoding: 'utf8', timeout: 60_000 },
  );
  return { stdout, stderr, status, ms: Number(process.hrtime.bigint() - startedAt) / 1e6 };
}

describe('a process', () => {
  it('ends although background timers wait, short, shared and far ones', () => {
    const { status, stdout } = run(`
      for (const ms of [100, 900, 60_000, 2 ** 32]) systemClock.setTimer(() => console.log('fired'), ms, { background: true });
      systemClock.clearTimer(systemClock.setTimer(() => {}, 30_000));
      console.log('end');`);
    expect([status, stdout]).toEqual([0, 'end\n']);
  });

  it('waits for the timers that somebody waits for, and no longer', () => {
    const { status, stdout } = run(`
      systemClock.setTimer(() => {}, 60_000, { background: true });
      systemClock.setTimer(() => console.log('fired'), 1_000);
      systemClock.sleep(50).then(() => console.log('slept'));`);
    expect([status, stdout]).toEqual([0, 'slept\nfired\n']);
  });

  it('that survives a callback which throws gets all others called', () => {
    const { stdout } = run(`
      process.on('uncaughtException', (error) => console.log(error.message));
      for (const n of [1, 2, 3]) systemClock.setTimer(() => { console.log(n); if (n === 2) throw new Error('thrown'); }, 1_000);
      systemClock.setTimer(() => console.log('later'), 1_100);`);
    expect(stdout.split('\n').filter(Boolean).toSorted()).toEqual(['1', '2', '3', 'later', 'thrown']);
  });
}, 240_000);
