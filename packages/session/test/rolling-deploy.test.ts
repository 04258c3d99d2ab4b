import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import type { Site } from './hosts/host.ts';
import { HOSTS } from './hosts/index.ts';
import { TextStore } from './hosts/text-store.ts';
import { versions } from './hosts/versions.ts';

const SESSIONS = 5;
const ROUNDS = 50;

describe.each(HOSTS)('$name, versions 2 and 3 at the same time', (host) => {
  const store = new TextStore();
  const sites: Site[] = [];
  beforeAll(async () => {
    for (const version of [2, 3] as const)
      sites.push(await host.start(versions[version] as unknown as typeof shape, store, {}));
  });
  afterAll(() => Promise.all(sites.map((site) => site.close())));

  /** What healing alone has written: what was stored in the course of requests that only read. */
  async function writesOf(browser: Browser, urls: readonly string[]): Promise<[number, unknown[]]> {
    const { writes } = store;
    let cookies = 0;
    const seen: unknown[] = [];
    for (const url of urls) {
      const twin = browser.at(url);
      const { body, setCookies } = await twin.send('/');
      if (setCookies.length > 0) cookies += 1; // one host has a second cookie for the signature
      seen.push(JSON.parse(body));
    }
    return [host.keeps === 'cookie' ? cookies : store.writes - writes, seen];
  }
  const isCounted = !host.cannot.includes('read without a cookie');

  test(`nothing is lost and nothing flaps in ${SESSIONS * ROUNDS * 4} requests, healing writes nothing`, async () => {
    const [old, young] = sites.map(({ url }) => url) as [string, string];
    for (let session = 0; session < SESSIONS; session += 1) {
      const user = randomUUID();
      const browser = new Browser(young);
      await browser.json(`/login?user=${user}&role=owner`);
      await browser.json('/theme?theme=solarized');
      await browser.json('/'); // a host that does not wait for its writes
      let healed = 0;
      for (let round = 1; round <= ROUNDS; round += 1) {
        const own = { user, note: String(round), xp: round };
        expect(await browser.at(old).json(`/note?note=${round}`)).toMatchObject({
          user,
          role: null,
          theme: 'light',
        });
        expect(await browser.at(young).json('/xp')).toMatchObject({
          ...own,
          role: 'owner',
          theme: 'solarized',
        });
        const [writes, seen] = await writesOf(browser, [old, young]);
        healed += writes;
        expect(seen).toEqual([
          expect.objectContaining({ ...own, role: null, theme: 'light' }),
          expect.objectContaining({ ...own, role: 'owner', theme: 'solarized' }),
        ]);
      }
      if (host.keeps === 'rows') {
        const row = JSON.parse(store.rows.get(store.idOf(user)) ?? '{}') as object;
        expect(row).toMatchObject({
          _v: 3,
          role: 'owner',
          theme: 'solarized',
          note: String(ROUNDS),
          xp: ROUNDS,
        });
      }
      // It was the newer release that made it: nothing in it is to be healed by either.
      if (isCounted) expect(healed).toBe(0);
    }
  });

  test('a session of the older version is brought up by one write, and served by both', async () => {
    const [old, young] = sites.map(({ url }) => url) as [string, string];
    for (let session = 0; session < SESSIONS; session += 1) {
      const user = randomUUID();
      const browser = new Browser(old);
      await browser.json(`/login?user=${user}`);
      await browser.json('/');
      const [healed, seen] = await writesOf(browser, [old, young, old, young, young, old]);
      const expected = { user, role: 'student', theme: 'light', xp: 0 };
      expect(seen).toEqual(Array.from({ length: 6 }, () => expect.objectContaining(expected)));
      if (isCounted) expect(healed).toBeLessThanOrEqual(1);
      expect(await browser.at(young).json('/xp')).toMatchObject({ ...expected, xp: 1 });
      expect(await browser.at(old).json('/note?note=1')).toMatchObject({ ...expected, xp: 1, note: '1' });
      const [again] = await writesOf(browser, [young, old, young]);
      if (isCounted) expect(again).toBe(0);
    }
  });
});
