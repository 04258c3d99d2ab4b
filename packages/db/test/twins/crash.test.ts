import { spawnNode } from '@resilient/testing';
import { expect, test } from 'vitest';
import { openTwins } from './stock.ts';

/** Kills the connection of a unit that is idle in another process; answers how that process fared. */
async function fate(stack: 'ours' | 'pool' | 'protected' | 'stock') {
  await using twins = await openTwins();
  await using child = await spawnNode(new URL('./children/idle-in-unit.ts', import.meta.url), {
    args: [stack, twins.database.url],
    env: { RESILIENT_LOG_LEVEL: 'silent' },
    execArgv: ['--conditions=@resilient/source'],
  });
  const { pid } = await child.next<{ pid: number }>(20_000);
  await twins.database.rows(`select pg_terminate_backend(${pid}, 30000)`);
  child.send('it is dead');
  const message = await child.next<{ ok: boolean; runs: number }>(20_000).catch(() => undefined);
  const { code } = await child.exited;
  return { code, message, stderr: child.stderr, notes: await twins.notes() };
}

test.each(['ours', 'pool', 'protected'] as const)(
  'a client that dies while a unit has it: %s runs the unit again',
  async (stack) => {
    expect(await fate(stack)).toMatchObject({ code: 0, message: { ok: true, runs: 2 }, notes: ['x', 'y'] });
  },
);

test('twin: with stock Kysely 0.29.9 and pg 8.23 the whole process ends', async () => {
  const { code, message, stderr, notes } = await fate('stock');
  expect([code, message, notes]).toEqual([1, undefined, []]);
  expect(stderr).toContain("Unhandled 'error' event");
});
