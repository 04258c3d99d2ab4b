/** What a handler may do with the session of its host; hosts differ in how. */
export interface Hands {
  readonly session: Record<string, unknown> | null | undefined;
  login(): Promise<void>;
  logout(): Promise<void>;
  save(): Promise<void>;
  reload(): Promise<void>;
  lifetime(ms: number): void;
  cookie(): unknown;
  id(): unknown;
}

const view = (session: Hands['session']): unknown => {
  if (session === null || session === undefined) return 'no session';
  const { cookie: _, ...keys } = JSON.parse(JSON.stringify(session)) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(keys).sort());
};

/** Does what a path asks for, and answers what is shown; the paths that end a response in their own way are the sites'. */
export async function handle(path: string, query: URLSearchParams, hands: Hands): Promise<unknown> {
  const write = (): void => {
    for (const [key, value] of query) if (hands.session) hands.session[key] = value;
  };
  const argument = [...query.keys()][0] ?? '';
  switch (path) {
    case '/nothing':
      return 'nothing';
    case '/read':
      return view(hands.session);
    case '/count':
      if (hands.session) hands.session.views = Number(hands.session.views ?? 0) + 1;
      return view(hands.session);
    case '/push':
      if (hands.session) {
        const list = (hands.session.list as string[] | undefined) ?? [];
        list.push(argument);
        hands.session.list = list;
      }
      return view(hands.session);
    case '/kinds':
      Object.assign(hands.session ?? {}, {
        text: `quote ' " \\ \u2028 é 🐢`,
        none: null,
        yes: true,
        number: -1.5e-7,
        deep: { list: [[], {}, [1, [2]]], '': 'empty' },
        date: new Date(0),
        left: undefined,
      });
      return view(hands.session);
    case '/forget':
      if (hands.session) delete hands.session[argument];
      return view(hands.session);
    case '/flash':
      if (hands.session) hands.session.flash = [argument];
      return 'noted';
    case '/take-flash': {
      const flash = hands.session?.flash ?? [];
      if (hands.session) delete hands.session.flash;
      return flash;
    }
    case '/login':
      await hands.login();
      if (hands.session) hands.session.user = 'ann';
      return view(hands.session);
    case '/login-and-write':
      await hands.login();
      if (hands.session) Object.assign(hands.session, { user: 'bob', fresh: true });
      return view(hands.session);
    case '/logout':
      await hands.logout();
      return view(hands.session);
    case '/save':
      write();
      await hands.save();
      return view(hands.session);
    case '/save-twice':
      write();
      await hands.save();
      await hands.save();
      return view(hands.session);
    case '/save-and-write':
      await hands.save();
      write();
      return view(hands.session);
    case '/reload':
      write();
      await hands.reload();
      return view(hands.session);
    case '/reload-and-write':
      await hands.reload();
      write();
      return view(hands.session);
    case '/lifetime':
      hands.lifetime(Number(argument));
      return view(hands.session);
    case '/cookie':
      return hands.cookie();
    case '/id':
      return hands.id();
    case '/others':
      if (hands.session) {
        const { passport, csrf } = hands.session as { passport?: { user: number }; csrf?: string };
        hands.session.passport = { user: (passport?.user ?? 0) + 1 };
        hands.session.csrf = csrf ?? 'token';
      }
      return view(hands.session);
    case '/throw':
      write();
      throw Object.assign(new Error('the handler failed'), { status: 418, statusCode: 418, expose: true });
    default:
      write();
      return view(hands.session);
  }
}
