import type { Browser } from './browser.ts';
import type { Damage } from './damages.ts';
import { DAMAGES } from './damages.ts';
import type { Host } from './host.ts';
import type { TextStore } from './text-store.ts';

/** A session as it was before it was damaged. */
export const GOOD = { role: 'student', xp: 3, cart: ['a'] } as const;

/** The damages that a host can meet: what is sealed in a cookie is JSON always, and no larger than a header may be. */
export function damagesOf(host: Host): Damage[] {
  return DAMAGES.filter(
    ({ isText, isLarge }) =>
      host.keeps === 'rows' || (isLarge !== true && (isText !== true || host.name === 'cookie-session')),
  );
}

/** Puts a damaged session in the place of one that is logged in. */
export async function damageSession(
  host: Host,
  store: TextStore,
  browser: Browser,
  user: string,
  damage: Damage,
): Promise<void> {
  const good = { userId: user, ...GOOD };
  if (host.forge === undefined) {
    const id = store.idOf(user);
    const row = JSON.parse(store.rows.get(id) ?? '{}') as Record<string, unknown>;
    store.rows.set(id, damage.text(user, { ...row, ...good }));
    return;
  }
  browser.jar.clear();
  for (const pair of (await host.forge(damage.text(user, good))).split('; ')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    browser.jar.set(name, value);
  }
}
