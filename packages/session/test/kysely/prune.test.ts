import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createSessionStore, type SessionStoreOptions } from '@resilient/session/kysely';
import { createVirtualClock, spawnNode, type VirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { eachPlace } from './each-place.ts';
import { get, save } from './table-fixture.ts';

const BUSY = fileURLToPath(new URL('./children/busy.ts', import.meta.url));

describe.each(['sqlite', 'postgres'] as const)('expired rows, on %s', (kind) => {
  let clock: VirtualClock;
  const at = eachPlace(kind);

  beforeEach(() => {
    clock = createVirtualClock();
  });

  const open = (options: SessionStoreOptions = {}) => createSessionStore(at.db, { clock, ...options });
  const expiring = async (count: number, when: number): Promise<void> => {
    for (let start = 0; start < count; start += 100) {
      const rows = Array.from({ length: Math.min(100, count - start) }, (_, index) => ({
        id: `${when}-${start + index}`,
        data: '{}',
        rev: 1,
        user_id: null,
        expires_at: when,
      }));
      await at.db.insertInto('session').values(rows).execute();
    }
  };
  const ids = async (): Promise<string[]> =>
    (await at.db.selectFrom('session').select('id').where('id', '<>', 'pruning').execute()).map(
      ({ id }) => id,
    );

  test('are removed by one of those that try at once, and those that live are not', async () => {
    const stores = [open(), open(), open()] as const;
    await save(stores[0], 'alive', { xp: 1 });
    await expiring(1_234, clock.epochNow());
    await expiring(10, clock.epochNow() + 1);
    const removed = await Promise.all(stores.map((store) => store.prune()));
    expect(removed.toSorted((a, b) => a - b)).toEqual([0, 0, 1_234]);
    expect(await ids()).toHaveLength(11);
    expect(await get(stores[0], 'alive')).toEqual({ xp: 1 });
  });

  test('nothing is written where nothing has expired', async () => {
    const store = open();
    await save(store, 'alive', {});
    expect(await store.prune()).toBe(0);
    expect(await at.db.selectFrom('session').select('id').execute()).toHaveLength(1);
  });

  test('go with later writes: not with each, and not with reads', async () => {
    const store = open({ pruneEveryMs: 60_000 });
    await save(store, 'alive', { count: 0 });
    await expiring(3, clock.epochNow());
    await save(store, 'alive', { count: 1 });
    await clock.advance(6_000);
    await get(store, 'alive');
    expect(await ids()).toHaveLength(4);
    await save(store, 'alive', { count: 2 });
    await expect.poll(ids).toHaveLength(1);
    await expiring(3, clock.epochNow());
    await clock.advance(59_999);
    await save(store, 'alive', { count: 3 });
    expect(await store.prune()).toBe(3); // not begun by the write: it would have been waited for
    await clock.advance(1);
  });

  test('one that has just been removed leaves the others a pause; one that has died, a minute', async () => {
    const [one, two] = [open({ pruneEveryMs: 60_000 }), open({ pruneEveryMs: 60_000 })];
    await save(one, 'alive', {});
    await expiring(1, clock.epochNow());
    expect(await one.prune()).toBe(1);
    await expiring(1, clock.epochNow() - 1);
    expect(await two.prune()).toBe(0);
    await clock.advance(30_000);
    expect(await two.prune()).toBe(1);
    // A process that took the claim and was killed:
    await expiring(1, clock.epochNow() - 2);
    await sql`update session set rev = rev + 1, expires_at = ${clock.epochNow() + 60_000} where id = 'pruning'`.execute(
      at.db,
    );
    await clock.advance(59_999);
    expect(await two.prune()).toBe(0);
    await clock.advance(1);
    expect(await two.prune()).toBe(1);
  });

  test('a claim that was lost on the way ends the work', async () => {
    let commits = 0;
    const store = open({
      commit: async (target, work) => {
        commits += 1;
        // The first after the claim: meanwhile another process has taken it, since this one slept too long.
        if (commits === 2) await sql`update session set rev = rev + 1 where id = 'pruning'`.execute(at.db);
        return work(target);
      },
    });
    await get(store, 'none');
    await expiring(1_000, clock.epochNow());
    commits = 0;
    expect(await store.prune()).toBe(0);
    expect(await ids()).toHaveLength(1_000);
  });

  test('a failure is told in the log and stays out of the requests; the next turn tries again', async () => {
    const lines: unknown[] = [];
    const line = (facts: unknown, message?: string): void => void lines.push([facts, message]);
    const logger = { debug: line, info: line, warn: line, error: line, fatal: line, child: () => logger };
    let fails = false;
    const store = open({
      pruneEveryMs: 60_000,
      logger,
      commit: (target, work) => (fails ? Promise.reject(new Error('SECRET of the driver')) : work(target)),
    });
    await save(store, 'alive', { count: 0 });
    await expiring(1, clock.epochNow());
    await clock.advance(6_000);
    const saved = save(store, 'alive', { count: 1 });
    await saved.then(() => {
      fails = true;
    });
    await expect.poll(() => lines.length).toBe(1);
    expect(JSON.stringify(lines)).not.toContain('SECRET');
    fails = false;
    await clock.advance(60_000);
    await save(store, 'alive', { count: 2 });
    await expect.poll(ids).toHaveLength(1);
  });

  test('20,000 go while two processes write and read, and none of theirs is lost', async () => {
    await get(open(), 'none');
    await expiring(20_000, Date.now() - 1_000);
    const args = (name: string) => ({ args: [JSON.stringify(at.place), name, '400'] });
    await using first = await spawnNode(BUSY, args('a'));
    await using second = await spawnNode(BUSY, args('b'));
    await Promise.all([first.next(), second.next()]);
    first.send('go');
    second.send('go');
    const ends = await Promise.all([
      first.next<{ slowest: number }>(60_000),
      second.next<{ slowest: number }>(60_000),
    ]);
    const left = await ids();
    const slowest = Math.max(...ends.map((end) => end.slowest));
    process.stdout.write(
      `${kind}: 20,000 expired rows gone; slowest write and read beside it ${slowest.toFixed(0)} ms\n`,
    );
    expect(left).toHaveLength(40);
    expect(slowest, `load average ${loadavg()[0]}`).toBeLessThan(6_000); // 3 x the 2 s that a store may take
  }, 90_000);
});
