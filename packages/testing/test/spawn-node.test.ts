import { describe, expect, it } from 'vitest';
import { spawnNode } from '../src/index.ts';
import { runningOf, waitUntilGone } from '../src/process/process-table.ts';

const ECHO = `process.on('message', (message: unknown) => process.send?.(message));`;

describe('spawnNode', () => {
  it('exchanges messages with a TypeScript module, in order', async () => {
    await using child = await spawnNode({ source: ECHO });
    const sent = [1, { at: new Date(0), big: 10n }, undefined, 'end'];
    for (const message of sent) child.send(message ?? null);
    const [one, two] = [child.next(60_000), child.next(60_000)];
    expect([await one, await two, await child.next(60_000), await child.next(60_000)]).toEqual([
      1,
      sent[1],
      null,
      'end',
    ]);
  });

  it('captures output and exit code, and hands out messages sent before the end', async () => {
    const source = `
      const code: number = Number(process.argv[1]);
      console.log(process.env.GREETING, process.env.HOME);
      console.error('bad');
      process.send?.('last words', () => process.exit(code));`;
    await using child = await spawnNode(
      { source },
      { args: ['3'], env: { GREETING: 'hi', HOME: undefined } },
    );
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect([child.stdout, child.stderr]).toEqual(['hi undefined\n', 'bad\n']);
    expect(await child.next(60_000)).toBe('last words');
    await expect(child.next()).rejects.toThrow(/ended \(code 3\)\nbad/);
    child.send('into the void');
    expect(await child.kill()).toEqual({ code: 3, signal: null });
  });

  it('sees the sources of the workspace', async () => {
    const source = `process.send?.(import.meta.resolve('@resilient/testing'));`;
    await using child = await spawnNode({ source }, { cwd: import.meta.dirname });
    expect(await child.next(60_000)).toMatch(/src\/index\.ts$/);
  });

  it('gives up on a message that does not come', async () => {
    await using child = await spawnNode({ source: ECHO });
    await expect(child.next(20)).rejects.toThrow('no message within 20 ms');
    child.send('for the next reader');
    expect(await child.next(60_000)).toBe('for the next reader');
  });

  it('is killed at the end of its block, even when it is busy', async () => {
    let pid = 0;
    {
      await using child = await spawnNode({ source: `process.send?.(0); for (;;);` });
      await child.next(60_000);
      pid = child.pid;
      expect(await runningOf([pid])).toEqual([pid]);
    }
    expect(await runningOf([pid])).toEqual([]);
  });

  it('dies with the process that started it', async () => {
    const source = `
      import { spawnNode } from '@resilient/testing';
      const child = await spawnNode({ source: 'setInterval(() => {}, 1000)' });
      process.send?.(child.pid);`;
    await using parent = await spawnNode({ source }, { cwd: import.meta.dirname });
    const pid = await parent.next<number>(60_000);
    expect(await runningOf([pid])).toEqual([pid]);
    expect(await parent.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await waitUntilGone([pid], 20_000);
  });

  it('names bad input, and says when nothing could be started', async () => {
    await expect(spawnNode(7 as never)).rejects.toThrow(TypeError);
    await expect(spawnNode({ source: '' }, { cwd: '/no/such/folder' })).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await using child = await spawnNode({ source: ECHO });
    await expect(child.next(-1)).rejects.toThrow('expected `timeoutMs`');
  });
});
