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

  test(`nothing is lost and nothing flaps in ${SESSIONS * ROUNDS * 4} requests`, async () => {
    const [old, young] = sites.map(({ url }) => url) as [string, string];
    let healed = 0;
    for (let session = 0; session < SESSIONS; session += 1) {
      const user = randomUUID();
      const browser = new Browser(young);
      await browser.json(`/login?user=${user}&role=owner`);
      await browser.json('/theme?theme=solarized');
      await browser.json('/'); // a host that does not wait for its writes
      const at = (url: string): Browser => {
        const twin = browser.twin(url);
        Object.assign(twin, { jar: browser.jar });
        return twin;
      };
      for (let round = 1; round <= ROUNDS; round += 1) {
        expect(await at(old).json(`/note?note=${round}`)).toMatchObject({ user, role: null, theme: 'light' });
        expect(await at(young).json('/xp')).toMatchObject({
          user,
          role: 'owner',
          theme: 'solarized',
          xp: round,
        });
        const { writes } = store;
        const seen = [await at(old).send('/'), await at(young).send('/')];
        expect(seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
          expect.objectContaining({ user, role: null, theme: 'light', note: String(round), xp: round }),
          expect.objectContaining({
            user,
            role: 'owner',
            theme: 'solarized',
            note: String(round),
            xp: round,
          }),
        ]);
        healed += store.writes - writes;
        if (host.keeps === 'cookie') healed += seen.flatMap(({ setCookies }) => setCookies).length;
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
    }
    if (!host.cannot.includes('read without a cookie')) expect(healed).toBeLessThanOrEqual(SESSIONS);
  });

  test('a session of the older version is brought up once, and served by both', async () => {
    const [old, young] = sites.map(({ url }) => url) as [string, string];
    const user = randomUUID();
    const browser = new Browser(old);
    await browser.json(`/login?user=${user}`);
    await browser.json('/');
    const later = browser.twin(young);
    expect(await later.json('/xp')).toMatchObject({ user, role: 'student', theme: 'light', xp: 1 });
    expect(await later.twin(old).json('/')).toMatchObject({ user, role: 'student', theme: 'light', xp: 1 });
  });
});
