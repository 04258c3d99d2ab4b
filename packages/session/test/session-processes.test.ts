import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Browser } from './hosts/browser.ts';
import { damageSession, damagesOf } from './hosts/damage-session.ts';
import { expressSession } from './hosts/express-session.ts';
import { fastifySession } from './hosts/fastify-session.ts';
import type { Host, SiteOptions } from './hosts/host.ts';
import { HOSTS } from './hosts/index.ts';
import { type SpawnedSite, spawnSite } from './hosts/spawn-site.ts';
import { SECRET, TextStore } from './hosts/text-store.ts';

vi.setConfig({ testTimeout: 90_000 }); // processes are started in all of it

const sites: SpawnedSite[] = [];
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.end()));
});

async function spawn(host: Host, store: TextStore, options: SiteOptions = {}): Promise<SpawnedSite> {
  const site = await spawnSite(host, store, options);
  sites.push(site);
  return site;
}

describe.each(HOSTS)('$name in a process of its own', (host) => {
  test(`lives through ${damagesOf(host).length} kinds of damage and ends with 0`, async () => {
    const store = new TextStore();
    const site = await spawn(host, store);
    for (const damage of damagesOf(host)) {
      const user = randomUUID();
      const browser = new Browser(site.url);
      await browser.json(`/login?user=${user}`);
      await damageSession(host, store, browser, user, damage);
      const answer = await browser.send('/');
      expect([damage.name, answer.status]).toEqual([damage.name, 200]);
      expect(answer.ms, `${damage.name}, load ${loadavg()}`).toBeLessThan(3_000);
      expect(answer.body).not.toContain(SECRET);
    }
    expect((await new Browser(site.url).send('/ping')).body).toBe('"pong"');
    expect(await site.end()).toEqual({ code: 0, signal: null });
    expect(site.output()).not.toMatch(/uncaught|unhandled/i);
    expect(site.output()).not.toContain(SECRET);
  });
});

test('without it, a row with the key __proto__ ends the process of @fastify/session', async () => {
  const store = new TextStore();
  const site = await spawn(fastifySession, store, { bare: true });
  const user = randomUUID();
  const browser = new Browser(site.url);
  await browser.json(`/login?user=${user}`);
  const damage = damagesOf(fastifySession).find(({ name }) => name === '__proto__');
  if (damage === undefined) throw new Error('no such damage');
  await damageSession(fastifySession, store, browser, user, damage);
  await browser.send('/', 3_000).catch(() => {});
  expect(await site.end()).toEqual({ code: 1, signal: null });
});

/** Logs out in one process while a slow request of another is under way; answers how many sessions come back. */
async function comeBack(host: Host, options: SiteOptions): Promise<number> {
  const store = new TextStore();
  const [one, other] = await Promise.all([spawn(host, store, options), spawn(host, store, options)]);
  const users = Array.from({ length: 50 }, () => randomUUID());
  for (let from = 0; from < users.length; from += 10) {
    await Promise.all(
      users.slice(from, from + 10).map(async (user) => {
        const browser = new Browser(one.url);
        await browser.json(`/login?user=${user}`);
        const id = store.idOf(user);
        const before = store.readsOf(id);
        const slow = browser.twin().send('/slow?ms=400');
        while (store.readsOf(id) === before) await sleep(5); // it has its session
        await sleep(20);
        expect((await browser.twin(other.url).send('/logout')).status).toBe(200);
        expect((await slow).status).toBe(200);
      }),
    );
  }
  await sleep(50); // a host that does not wait for its writes
  const text = [...store.rows.values()].join();
  return users.filter((user) => text.includes(user)).length;
}

describe('logged out in one process while a slow request of another runs, 50 times, rolling', () => {
  test.each(HOSTS.filter(({ keeps }) => keeps === 'rows'))('$name: 0 sessions come back', async (host) => {
    expect(await comeBack(host, { rolling: true })).toBe(0);
  });

  test.each([expressSession, fastifySession])('$name without the guard: they come back', async (host) => {
    const back = await comeBack(host, { rolling: true, bare: true });
    process.stdout.write(`${host.name} without the guard: ${back} of 50 come back\n`);
    expect(back).toBeGreaterThan(0);
  });
});
