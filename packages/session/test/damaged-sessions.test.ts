import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shape } from './fixture/shape.ts';
import { Browser } from './hosts/browser.ts';
import { damageSession, damagesOf, GOOD } from './hosts/damage-session.ts';
import type { Host, Site } from './hosts/host.ts';
import { HOSTS } from './hosts/index.ts';
import { recordingLogger } from './hosts/recording-logger.ts';
import { SECRET, TextStore } from './hosts/text-store.ts';

const FRESH = { user: null, role: null, xp: 0, cart: [] };

function expectAttributes(host: Host, setCookies: readonly string[]): void {
  for (const text of setCookies.filter(
    (one) => one.startsWith(`${host.cookie}=`) && !/max-age=0;/i.test(one),
  )) {
    const attributes = text.toLowerCase();
    for (const attribute of host.attributes) expect(attributes).toContain(`; ${attribute}`);
    expect(attributes).not.toMatch(/domain|secure|partitioned|priority|samesite=none|path=\/x/);
  }
}

describe.each(HOSTS)('$name, in this process', (host) => {
  const store = new TextStore();
  const { logger, lines } = recordingLogger();
  let site: Site;
  beforeAll(async () => {
    site = await host.start(shape, store, { logger });
  });
  afterAll(() => site.close());

  test.each(damagesOf(host))('$name', async (damage) => {
    const user = randomUUID();
    const browser = new Browser(site.url);
    await browser.json(`/login?user=${user}`);
    await damageSession(host, store, browser, user, damage);
    const thief = browser.twin();

    const answer = await browser.send('/');
    expect(answer.ms, `load ${loadavg()}`).toBeLessThan(3_000);
    expect(answer.status, answer.body).toBe(200);
    const kept = { user, ...GOOD };
    const seen =
      damage.sees === 'kept' ? kept : damage.sees === 'fresh' ? FRESH : { ...kept, ...damage.sees };
    const isNone = host.cannot.includes('show defaults without a row') && damage.sees === 'fresh';
    if (!(isNone && answer.body === '{"session":"none"}')) expect(JSON.parse(answer.body)).toEqual(seen);
    expectAttributes(host, answer.setCookies);
    expect(answer.body + lines.join()).not.toContain(SECRET);

    const again = await browser.send('/');
    expect([again.status, again.body]).toEqual([200, answer.body]);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();

    // An identity that was lost: a new id, and the old one opens nothing.
    if (typeof damage.sees === 'object' && damage.sees.user === null && damage.name !== 'identity gone') {
      if (host.cannot.includes('give a new id')) return;
      expect(browser.jar.get(host.cookie)).not.toBe(thief.jar.get(host.cookie));
      expect(await thief.json('/')).toEqual(FRESH);
    }
  });
});
