import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineSession, type Repair } from '@resilient/session';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import type { Site, SiteOptions } from './hosts/host.ts';
import { HOSTS } from './hosts/index.ts';
import { recordingLogger } from './hosts/recording-logger.ts';
import { SECRET, TextStore } from './hosts/text-store.ts';

describe.each(HOSTS)('$name', (host) => {
  const sites: Site[] = [];
  afterEach(async () => {
    await Promise.all(sites.splice(0).map((site) => site.close()));
  });
  const { logger } = recordingLogger();

  async function start(options: SiteOptions = {}, store: TextStore = new TextStore(), its = shape) {
    const site = await host.start(its as typeof shape, store, { logger, ...options });
    sites.push(site);
    return { url: site.url, store };
  }
  async function loggedIn(url: string, user: string = randomUUID()): Promise<Browser> {
    const browser = new Browser(url);
    await browser.json(`/login?user=${user}`);
    return browser;
  }
  /** Puts a session in the place of the one that this user has. */
  async function put(store: TextStore, browser: Browser, user: string, changes: object): Promise<void> {
    if (host.forge === undefined) {
      const id = store.idOf(user);
      store.rows.set(id, JSON.stringify({ ...JSON.parse(store.rows.get(id) ?? '{}'), ...changes }));
      return;
    }
    const cookies = await host.forge(
      JSON.stringify({ userId: user, role: 'student', xp: 0, cart: [], ...changes }),
    );
    for (const pair of cookies.split('; ')) {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      browser.jar.set(name, value);
    }
  }
  const showsDefaults = !host.cannot.includes('show defaults without a row');

  test('50 cookieless requests that read the defaults make 0 rows and 0 cookies', async () => {
    const { url, store } = await start({ rolling: true });
    const answers = await Promise.all(Array.from({ length: 50 }, () => new Browser(url).send('/')));
    for (const { body, status } of answers) {
      expect(status).toBe(200);
      if (showsDefaults) expect(JSON.parse(body)).toEqual({ user: null, role: null, xp: 0, cart: [] });
    }
    expect([store.rows.size, store.writes]).toEqual([0, 0]);
    if (!host.cannot.includes('read without a cookie'))
      expect(answers.flatMap(({ setCookies }) => setCookies)).toEqual([]);
  });

  test('the first real write stores the defaults with it, and an array changed in place is one', async () => {
    const { url } = await start();
    const browser = showsDefaults ? new Browser(url) : await loggedIn(url);
    await browser.json('/cart');
    expect(await browser.json('/')).toMatchObject({ xp: 0, cart: ['book'] });
    expect(await browser.json('/xp')).toMatchObject({ xp: 1, cart: ['book'] });
    expect(await browser.json('/')).toMatchObject({ xp: 1, cart: ['book'] });
    expect(await (await loggedIn(url)).json('/')).toMatchObject({ xp: 0, cart: [] }); // shared with nobody
  });

  if (showsDefaults)
    test('the defaults are there after regenerate in the same request', async () => {
      const { url } = await start();
      const browser = new Browser(url);
      const user = randomUUID();
      expect(await browser.json(`/login?user=${user}`)).toEqual({ user, role: 'student', xp: 0, cart: [] });
      expect(await browser.json('/')).toEqual({ user, role: 'student', xp: 0, cart: [] });
      expect(await browser.json('/regenerate')).toEqual({ user: null, role: null, xp: 0, cart: [] });
    });

  test.each(['circular', 'bigint'])(
    'a %s value put in by a handler is left out, the rest is stored',
    async (what) => {
      const { url } = await start();
      const user = randomUUID();
      const browser = await loggedIn(url, user);
      const answer = await browser.send(`/poison?what=${what}`, 3_000);
      expect([answer.status, answer.body]).toEqual([200, '"ok"']);
      expect(await browser.json('/')).toEqual({ user, role: 'student', xp: 0, cart: [], good: 1 });
    },
  );

  test('`req.session = {...}` is stored in the session that there is', async () => {
    const { url, store } = await start();
    const user = randomUUID();
    const browser = await loggedIn(url);
    const answer = await browser.send(`/assign?user=${user}`, 3_000);
    expect(answer.status, answer.body).toBe(200);
    expect(await browser.json('/')).toEqual({ user, role: 'student', xp: 3, cart: [] });
    expect(store.rows.size).toBe(host.keeps === 'rows' ? 1 : 0);
  });

  test('a tampered cookie is never read', async () => {
    const { url } = await start();
    const browser = await loggedIn(url);
    for (const [name, value] of [...browser.jar]) {
      // In the signature, and not its last character: some bits of that one say nothing.
      const at = host.name === '@fastify/secure-session' ? 10 : value.length - 6;
      const thief = browser.twin();
      thief.jar.set(name, `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`);
      const seen = (await thief.json('/')) as { user?: string };
      expect(seen.user ?? null).toBeNull();
    }
  });

  test('a role that is wrong is asked for again before the handler, with the identity alone', async () => {
    const calls: unknown[] = [];
    const restoring = defineSession({
      keys: {
        ...shape.keys,
        role: {
          kind: 'authority',
          schema: z.enum(['student', 'admin']),
          restore: async (identity: object) => {
            calls.push(identity);
            await sleep(20);
            return 'admin' as const;
          },
        },
      },
    });
    const { url, store } = await start({}, new TextStore(), restoring as never);
    const user = randomUUID();
    const browser = await loggedIn(url, user);
    await put(store, browser, user, { role: 'root' });
    expect(await browser.json('/')).toMatchObject({ user, role: 'admin' });
    expect(await browser.json('/')).toMatchObject({ user, role: 'admin' });
    expect(calls).toEqual([{ userId: user }]);
  });

  test('20 requests at once ask for one role once; a `restore` that hangs is not waited for longer than 1 s', async () => {
    let calls = 0;
    let waiting = 0;
    let all: () => void = () => {};
    const everybody = new Promise<void>((resolve) => {
      all = resolve;
    });
    let answer: () => Promise<unknown> = () => everybody.then(() => 'admin');
    const restoring = defineSession({
      keys: {
        ...shape.keys,
        role: {
          kind: 'authority',
          schema: z.enum(['student', 'admin']),
          restore: () => {
            calls += 1;
            return answer() as Promise<'admin'>;
          },
        },
      },
    });
    const onRepair = ({ key, action }: Repair): void => {
      if (key !== 'role' || action !== 'removed') return;
      waiting += 1;
      if (waiting === 20) all();
    };
    const { url, store } = await start({ onRepair }, new TextStore(), restoring as never);
    const user = randomUUID();
    const browser = await loggedIn(url, user);
    await put(store, browser, user, { role: 'root' });
    const seen = await Promise.all(Array.from({ length: 20 }, () => browser.twin().json('/')));
    expect(seen).toEqual(Array.from({ length: 20 }, () => expect.objectContaining({ user, role: 'admin' })));
    expect(calls).toBe(1);
    answer = () => new Promise(() => {});
    await put(store, browser, user, { role: 'root' });
    const { status, body, ms } = await browser.twin().send('/');
    expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ user, role: null })]);
    expect(ms, `load ${loadavg()}`).toBeLessThan(3_000);
  });

  test('repairs are told once, without values, and healed for good', async () => {
    const repairs: Repair[] = [];
    const { url, store } = await start({ onRepair: (repair) => void repairs.push(repair) });
    const user = randomUUID();
    const browser = await loggedIn(url, user);
    repairs.length = 0;
    await put(store, browser, user, { xp: SECRET });
    for (let round = 0; round < 3; round += 1) expect(await browser.json('/')).toMatchObject({ user, xp: 0 });
    expect(repairs).toEqual([{ key: 'xp', kind: 'preference', action: 'replaced', found: 'string' }]);
  });

  test('values of a newer release are shown as healed and kept as they are, whatever else is written', async () => {
    const { url, store } = await start();
    const newer = defineSession({
      version: 3,
      keys: { ...shape.keys, role: { kind: 'authority', schema: z.enum(['student', 'admin', 'owner']) } },
    });
    const other = await start({}, store, newer as never);
    const user = randomUUID();
    const browser = await loggedIn(other.url, user);
    await put(store, browser, user, { _v: 3, role: 'owner', xp: { since: 1 } });
    const old = browser.twin(url);
    expect(await old.json('/note?note=1')).toMatchObject({ user, role: null, xp: 0, note: '1' });
    expect(await old.json('/')).toMatchObject({ user, role: null, xp: 0, note: '1' });
    if (host.keeps === 'rows') {
      const row = JSON.parse(store.rows.get(store.idOf(user)) ?? '{}') as object;
      expect(row).toMatchObject({ _v: 3, role: 'owner', xp: { since: 1 }, note: '1' });
    }
    expect(await old.twin(other.url).json('/')).toMatchObject({ user, role: 'owner', note: '1' });
  });

  if (host.keeps === 'rows')
    test('logged out while a slow request runs: the session does not come back', async () => {
      const { url, store } = await start({ rolling: true });
      const browser = await loggedIn(url);
      const { reads } = store;
      const slow = browser.twin().send('/slow?ms=120');
      await vi.waitFor(() => expect(store.reads).toBeGreaterThan(reads), { timeout: 10_000, interval: 5 });
      await browser.twin().send('/logout');
      expect((await slow).status).toBe(200);
      await sleep(20);
      expect(store.rows.size).toBe(0);
      expect(((await browser.json('/')) as { user?: string }).user ?? null).toBeNull();
    });

  if (host.keeps === 'rows')
    test('what cannot be read is handed to `quarantine`, with the hash of its id', async () => {
      const entries: { idHash: string; reason: string }[] = [];
      const { url, store } = await start({ quarantine: (entry) => void entries.push(entry) });
      for (const [text, reason] of [
        [`{"userId":"${SECRET}`, 'not-json'],
        ['"text"', 'not-an-object'],
      ] as const) {
        const user = randomUUID();
        const browser = await loggedIn(url, user);
        const id = store.idOf(user);
        store.rows.set(id, text);
        await browser.send('/');
        const entry = entries.splice(0)[0];
        expect(entry).toMatchObject({ reason });
        expect(entry?.idHash).not.toContain(id);
      }
    });

  if (host.keeps === 'rows')
    test('with a seal, a role or an identity that was changed in the store opens nothing', async () => {
      const sealed = defineSession({
        keys: shape.keys,
        seal: { secrets: ['a secret of more than thirty-two bytes'] },
      });
      const { url, store } = await start({}, new TextStore(), sealed as never);
      const user = randomUUID();
      const browser = await loggedIn(url, user);
      await browser.json('/xp');
      expect(await browser.json('/')).toMatchObject({ user, role: 'student', xp: 1 });
      const other = await loggedIn(url);
      const id = store.idOf(user);
      const row = store.rows.get(id) ?? '';
      for (const changed of [
        row.replace('"student"', '"admin"'),
        row.replace(user, randomUUID()),
        JSON.stringify({ ...JSON.parse(row), _s: 'x' }),
        JSON.stringify({ ...JSON.parse(row), _s: undefined }),
        [...store.rows].find(([key]) => key !== id)?.[1] ?? '', // the row of somebody else, seal and all
      ]) {
        expect(changed).not.toBe(row);
        store.rows.set(id, changed);
        const seen = (await browser.twin().json('/')) as { user: unknown; role: unknown };
        expect([seen.user, seen.role]).toEqual([null, null]);
      }
      expect(await other.json('/')).toMatchObject({ role: 'student' });
    });
});
