import { createTcpProxy } from '@resilient/testing';
import { expect, inject, test, vi } from 'vitest';
import { fleetPlace } from './support/fleet-place.ts';
import { type FleetProcess, fleetProcesses } from './support/fleet-process.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 }); // processes are started in all of it

const url = inject('postgresUrl');
const PATIENCE = { timeout: 60_000, interval: 100 };
type Three = [FleetProcess, FleetProcess, FleetProcess];

test('the summary of three processes is the sum; one that is killed ages out, and the others go on', async () => {
  await using place = await fleetPlace(url);
  await using fleet = fleetProcesses(place);
  const [a, b, c] = (await fleet.start(['a'], ['b'], ['c'])) as Three;
  await a.order({ requests: 100, failures: 1, errors: 1 });
  await b.order({ requests: 50, failures: 2, errors: 2 });
  await c.order({ requests: 25, failures: 3, errors: 3 });
  for (const one of [a, b, c]) {
    await expect
      .poll(async () => (await one.order()).fleet, PATIENCE)
      .toMatchObject({ store: 'ok', live: 3, requests: 175, failures: 6, errorsByType: { KeyError: 6 } });
  }
  await c.process.kill('SIGKILL');
  await expect
    .poll(async () => (await a.order()).fleet, PATIENCE)
    .toMatchObject({ live: 2, requests: 150, failures: 3, totalErrors: 3 });
  const shown = async (): Promise<unknown[]> =>
    (await a.order()).fleet.instances.map(({ instance, self, gone, requests }) => [
      instance,
      self,
      gone,
      requests,
    ]);
  await expect.poll(shown, PATIENCE).toEqual([
    ['a', true, false, 100],
    ['b', false, false, 50],
    ['c', false, true, 25],
  ]);
  // One that ends in order is gone at once, and its last counts are in the hours.
  await b.order({ requests: 5, end: true });
  await expect.poll(async () => (await a.order()).fleet, PATIENCE).toMatchObject({ live: 1, requests: 100 });
  await a.order({ end: true });
  const hours = await place.store.hours('school');
  expect(hours.reduce((sum, { requests }) => sum + requests, 0)).toBe(180);
  expect(hours.reduce((sum, { errorsByType }) => sum + (errorsByType.KeyError ?? 0), 0)).toBe(6);
});

test.each(['cut off', 'silent'] as const)(
  'the database goes away (%s): the local view goes on and says so, and nothing is lost when it is back',
  async (how) => {
    await using place = await fleetPlace(url);
    await using proxy = await createTcpProxy({ upstream: Number(new URL(url).port) });
    await using fleet = fleetProcesses({ url: proxy.url(url), schema: place.schema }, 1);
    const [a, b] = (await fleet.start(['a'], ['b'], ['c'])) as Three;
    await a.order({ requests: 10 });
    await b.order({ requests: 20 });
    await expect
      .poll(async () => (await a.order()).fleet, PATIENCE)
      .toMatchObject({ store: 'ok', live: 3, requests: 30 });
    if (how === 'silent') proxy.blackhole();
    else {
      await proxy.refuse();
      proxy.cut();
    }
    await expect.poll(async () => (await a.order()).fleet, PATIENCE).toMatchObject({ store: 'down' });
    const meanwhile = await a.order({ requests: 7, failures: 2, errors: 4 });
    expect(meanwhile.local).toMatchObject({ requests: 17, totalErrors: 4 });
    expect(meanwhile.fleet).toMatchObject({
      store: 'down',
      note: expect.stringContaining('does not answer'),
    });
    await expect
      .poll(async () => (await a.order()).fleet, PATIENCE)
      .toMatchObject({ store: 'down', live: 1, requests: 17, failures: 2 });
    if (how === 'silent') proxy.blackhole(false);
    else await proxy.refuse(false);
    // None of them has ended.
    await Promise.all(fleet.all.map((one) => one.order()));
    await expect
      .poll(async () => (await b.order()).fleet, PATIENCE)
      .toMatchObject({ store: 'ok', live: 3, requests: 37, failures: 2, errorsByType: { KeyError: 4 } });
    await expect.poll(async () => (await a.order()).fleet, PATIENCE).toMatchObject({ store: 'ok', live: 3 });
    const served = async (): Promise<number> =>
      (await place.store.hours('school')).reduce((sum, { requests }) => sum + requests, 0);
    await expect.poll(served, PATIENCE).toBe(37);
    const { lines } = await a.order({ end: true });
    expect(lines.slice(0, 2)).toEqual([
      'the fleet store does not answer: this instance goes on alone',
      'the fleet store answers again',
    ]);
  },
);

test('ten monitors in three processes on one store: one notice', async () => {
  await using place = await fleetPlace(url);
  await using fleet = fleetProcesses(place);
  const all = await fleet.start(['a0', 'a1', 'a2', 'a3'], ['b0', 'b1', 'b2'], ['c0', 'c1', 'c2']);
  await Promise.all(all.map((one) => one.order({ errors: 50 })));
  // Each of the ten has asked the store: only then it is known who was not told.
  await expect
    .poll(async () => (await all[0]?.order({ countDecisions: true }))?.decisions, PATIENCE)
    .toBeGreaterThanOrEqual(10);
  const told = (await Promise.all(all.map((one) => one.order()))).flatMap((answer) => answer.told);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/ fired$/);
});

test('a process that crashes again and again with the same error: one notice', async () => {
  await using place = await fleetPlace(url);
  await using fleet = fleetProcesses(place);
  const told: string[] = [];
  for (let life = 1; life <= 5; life += 1) {
    const [one] = (await fleet.start(['web-0'])) as [FleetProcess];
    await one.order({ errors: 11 });
    await expect.poll(async () => (await one.order({ countDecisions: true })).decisions, PATIENCE).toBe(life);
    told.push(...(await one.order()).told);
    await one.process.kill('SIGKILL');
  }
  expect(told).toEqual(['web-0 fired']);
});
