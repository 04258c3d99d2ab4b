import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionStore } from '@resilient/session';
import { createSessionStore } from '@resilient/session/kysely';
import { describe, expect, inject, test } from 'vitest';
import { shape } from '../fixture/shape.ts';
import { Browser } from '../hosts/browser.ts';
import { HOSTS } from '../hosts/index.ts';
import { recordingLogger } from '../hosts/recording-logger.ts';
import { TextStore } from '../hosts/text-store.ts';
import { newPlace, openPlace } from './table-fixture.ts';

const hosts = HOSTS.filter(({ keeps }) => keeps === 'rows');

/** One page takes long; three others of the same session are asked for and answered meanwhile. */
async function besideSlowPage(start: (store: SessionStore) => Promise<string>, store: SessionStore) {
  const browser = new Browser(await start(store));
  const user = randomUUID();
  await browser.json(`/login?user=${user}`);
  const slow = browser.twin().json('/slow?ms=500');
  await sleep(150);
  await browser.json('/cart');
  await browser.json('/theme?theme=dark');
  await browser.json('/xp');
  await slow;
  return { seen: await browser.json('/'), user };
}

describe.each(hosts)('the store under $name', (host) => {
  const { logger, lines } = recordingLogger();

  test.each(['sqlite', 'postgres'] as const)('on %s, all of four pages is kept', async (kind) => {
    await using where = await newPlace(kind, inject('postgresUrl'));
    const db = openPlace(where.place);
    const sites: { close(): Promise<void> }[] = [];
    const start = async (store: SessionStore): Promise<string> => {
      const site = await host.start(shape, store, { logger });
      sites.push(site);
      return site.url;
    };
    const store = createSessionStore(db, { shape, logger });
    const { seen, user } = await besideSlowPage(start, store);
    expect(seen).toMatchObject({ user, cart: ['book'], theme: 'dark', xp: 1, note: 'slow' });
    expect(lines.filter((line) => line.includes('same time'))).toEqual([]);
    const row = await db.selectFrom('session').selectAll().executeTakeFirstOrThrow();
    expect([row.id, row.user_id]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), user]);

    const other = new Browser(await start(createSessionStore(db, { shape, logger })));
    const leaver = randomUUID();
    await other.json(`/login?user=${leaver}`);
    const late = other.twin().json('/slow?ms=400');
    await sleep(150);
    await other.send('/logout');
    await late;
    expect((await other.twin().send('/')).body).not.toContain(leaver);
    expect(await db.selectFrom('session').select('id').where('user_id', '=', leaver).execute()).toEqual([]);
    await Promise.all(sites.map((site) => site.close()));
    await db.destroy();
  });

  test('control: under a store that does not compare, the slow page undoes the others', async () => {
    let close = async (): Promise<void> => {};
    const { seen } = await besideSlowPage(async (store) => {
      const site = await host.start(shape, store, { logger });
      close = site.close;
      return site.url;
    }, new TextStore());
    await close();
    expect(seen).toMatchObject({ note: 'slow', cart: [], xp: 0 });
  });
});
