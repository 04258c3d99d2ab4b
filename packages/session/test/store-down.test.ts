import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import type { Site, SiteOptions } from './hosts/host.ts';
import { HOSTS } from './hosts/index.ts';
import { recordingLogger } from './hosts/recording-logger.ts';
import { SECRET, TextStore } from './hosts/text-store.ts';

const OUTAGES = [
  ['reads', { reads: true }],
  ['reads and writes', { reads: true, writes: true }],
  ['writes', { writes: true }],
] as const;

describe.each(HOSTS.filter(({ keeps }) => keeps === 'rows'))('$name, while the store is down', (host) => {
  const sites: Site[] = [];
  const { logger, lines } = recordingLogger();
  afterEach(async () => {
    await Promise.all(sites.splice(0).map((site) => site.close()));
    expect(lines.splice(0).join()).not.toContain(SECRET);
  });

  async function loggedIn(options: SiteOptions) {
    const store = new TextStore();
    const site = await host.start(shape, store, { logger, rolling: true, ...options });
    sites.push(site);
    const user = randomUUID();
    const browser = new Browser(site.url);
    await browser.json(`/login?user=${user}`);
    await browser.json('/'); // a host that does not wait has stored it now
    return { browser, store, user, rows: new Map(store.rows), jar: new Map(browser.jar) };
  }
  const waits = !host.cannot.includes('wait for a write');

  /** The same cookie is logged in again, without a restart. */
  async function expectBack(browser: Browser, store: TextStore, user: string): Promise<void> {
    store.failing = {};
    const isBack = async (): Promise<boolean> => {
      const { status, body } = await browser.twin().send('/');
      return status === 200 && body.includes(user);
    };
    for (let round = 0; round < 30 && !(await isBack()); round += 1) await sleep(100);
    expect(await browser.json('/')).toMatchObject({ user, role: 'student' });
    const written = await browser.send('/note');
    expect([written.status, JSON.parse(written.body)]).toEqual([
      200,
      expect.objectContaining({ user, note: 'written' }),
    ]);
  }

  test.each(OUTAGES)(
    'fail, %s: 503, Retry-After, nothing of the driver, no cookie, no row changed',
    async (_, failing) => {
      const { browser, store, user, rows, jar } = await loggedIn({});
      store.failing = failing;
      for (const path of ['/note', '/', '/cart', '/xp']) {
        const answer = await browser.send(path);
        // A page that only reads is served while writes fail; hono learns of a failed write with the next one.
        const isRead = path === '/' && !('reads' in failing);
        const isUnheard = !waits && !('reads' in failing) && path === '/note';
        if (!isRead && !isUnheard) {
          expect([path, answer.status]).toEqual([path, 503]);
          expect(answer.headers.get('retry-after')).toBe('5');
        }
        expect(answer.body).not.toContain(SECRET);
        if (!isUnheard) expect(answer.setCookies).toEqual([]);
      }
      expect(store.rows).toEqual(rows);
      if (waits) expect(browser.jar).toEqual(jar);
      await expectBack(browser, store, user);
    },
  );

  test.each(OUTAGES)(
    'anonymous, %s: the page without the user, no cookie, no row changed',
    async (_, failing) => {
      const { browser, store, user, rows, jar } = await loggedIn({ onStoreDown: 'anonymous' });
      store.failing = failing;
      // While reads work, a failing store is noticed with the first write.
      for (const path of 'reads' in failing ? ['/', '/', '/note', '/'] : ['/note', '/', '/xp', '/']) {
        const answer = await browser.send(path);
        const isNone = answer.status !== 200 && path === '/note'; // it writes into a session that is not there
        if (!isNone) {
          expect([path, answer.status]).toEqual([path, 200]);
          if ('reads' in failing) expect(answer.body).not.toContain(user);
          else expect(answer.body).toContain(user);
        }
        expect(answer.body).not.toContain(SECRET);
        if (waits) expect(answer.setCookies).toEqual([]);
      }
      expect(store.rows).toEqual(rows);
      if (waits) expect(browser.jar).toEqual(jar);
      await expectBack(browser, store, user);
    },
  );

  test('a store that does not answer is down after `storeTimeoutMs`', async () => {
    const store = new TextStore();
    const site = await host.start(shape, store, { logger, storeTimeoutMs: 200 });
    sites.push(site);
    const user = randomUUID();
    const browser = new Browser(site.url);
    await browser.json(`/login?user=${user}`);
    await browser.json('/');
    store.failing = { silent: true };
    const answer = await browser.send('/', 3_000);
    expect([answer.status, answer.setCookies]).toEqual([503, []]);
    await expectBack(browser, store, user);
  });
});
