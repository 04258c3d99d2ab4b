import { setTimeout as sleep } from 'node:timers/promises';
import type { Handling } from './host.ts';

function view({ session }: Handling): object {
  if (session === undefined) return { session: 'none' };
  const { userId, role, xp, cart, note, good, theme } = session;
  return {
    user: userId ?? null,
    role: role ?? null,
    xp: xp ?? null,
    cart: cart ?? null,
    ...(note === undefined ? {} : { note }),
    ...(good === undefined ? {} : { good }),
    ...(theme === undefined ? {} : { theme }),
  };
}

function poison(what: string | null): unknown {
  if (what === 'bigint') return 10n;
  const list: unknown[] = [];
  list.push(list);
  return list;
}

/** Answers a page of the site: the same for every host. */
export async function page(path: string, handling: Handling): Promise<unknown> {
  const { query } = handling;
  const session = (): Record<string, unknown> => handling.session as Record<string, unknown>;
  switch (path) {
    case '/':
      return view(handling);
    case '/ping':
      return 'pong';
    case '/login':
      await handling.regenerate();
      session().userId = query.get('user');
      session().role = query.get('role') ?? 'student';
      await handling.commit();
      return view(handling);
    case '/logout':
      await handling.destroy();
      return 'bye';
    case '/note':
      session().note = query.get('note') ?? 'written';
      await handling.commit();
      return view(handling);
    case '/xp':
      session().xp = (session().xp as number) + 1;
      await handling.commit();
      return view(handling);
    case '/flash': {
      const { flash = null } = session();
      if (flash === null) session().flash = 'saved';
      else delete session().flash;
      await handling.commit();
      return flash;
    }
    case '/theme':
      session().theme = query.get('theme');
      await handling.commit();
      return view(handling);
    case '/cart':
      (session().cart as string[]).push('book');
      await handling.commit();
      return view(handling);
    case '/poison':
      session().bad = poison(query.get('what'));
      session().good = 1;
      await handling.commit();
      return 'ok';
    case '/assign':
      handling.assign({ userId: query.get('user'), role: 'student', xp: 3, cart: [] });
      await handling.commit();
      return view(handling);
    case '/regenerate':
      await handling.regenerate();
      return view(handling);
    case '/reload':
      await handling.reload?.();
      return view(handling);
    case '/slow':
      view(handling);
      await sleep(Number(query.get('ms')));
      session().note = 'slow';
      await handling.commit();
      return view(handling);
    default:
      return undefined;
  }
}
