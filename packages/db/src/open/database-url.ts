import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a database is: a PostgreSQL server, or a SQLite file by its absolute path (`:memory:` for none). */
export type DatabaseLocation =
  | { readonly kind: 'postgres'; readonly url: string; readonly description: string }
  | { readonly kind: 'sqlite'; readonly file: string; readonly description: string };

const MEMORY = ':memory:';
const FORMS = 'postgres://…, postgresql://…, sqlite:path, file:path or :memory:';

/**
 * Reads a database URL. `sqlite:data/app.db`, `sqlite://data/app.db` and, as in SQLAlchemy, `sqlite:///data/app.db` are
 * relative to the working folder; `sqlite:/data/app.db` and `sqlite:////data/app.db` are absolute. `file:` URLs with
 * slashes are absolute, as everywhere.
 *
 * @throws TypeError in one sentence that repeats nothing of the URL but its scheme
 */
export function readDatabaseUrl(url: string): DatabaseLocation {
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase();
  if (url === MEMORY) return sqlite(MEMORY);
  if (scheme === 'postgres' || scheme === 'postgresql') return postgres(url);
  if ((scheme === 'sqlite' || scheme === 'file') && /[?#\0]/.test(url)) {
    throw new TypeError(
      'expected `url` to hold a path alone after `sqlite:` or `file:`: parameters are options of `createDatabase`',
    );
  }
  if (scheme === 'sqlite') return sqlite(pathOf(url.slice('sqlite:'.length)));
  if (scheme === 'file') return sqlite(fileOf(url));
  const foreign = scheme !== undefined && url.startsWith('//', scheme.length + 1);
  throw new TypeError(`expected \`url\` to be ${FORMS}, got ${foreign ? `one of ${scheme}` : 'neither'}`);
}

function postgres(url: string): DatabaseLocation {
  let parsed: URL;
  try {
    parsed = new URL(url);
    decodeURIComponent(parsed.username + parsed.password + parsed.pathname);
  } catch {
    // The cause would repeat the URL with its password.
    throw unreadablePostgres();
  }
  if (!/^postgres(ql)?:\/\//i.test(url)) throw unreadablePostgres();
  const host = parsed.host === '' ? (parsed.searchParams.get('host') ?? 'localhost') : parsed.host;
  return { kind: 'postgres', url, description: `postgres://${host}${parsed.pathname}` };
}

function unreadablePostgres(): TypeError {
  return new TypeError(
    'expected `url` to be a readable URL such as postgres://user:password@host:5432/name: characters like @ : / # ? % in user or password must be percent-encoded',
  );
}

function pathOf(rest: string): string {
  const slashes = /^\/\/(\/?)/.exec(rest);
  return slashes ? rest.slice(slashes[0].length) : rest;
}

function fileOf(url: string): string {
  const rest = url.slice('file:'.length);
  if (!rest.startsWith('//')) return rest;
  try {
    return fileURLToPath(url);
  } catch {
    throw new TypeError(
      'expected `url` to be a file URL of this machine, such as file:data/app.db or file:///data/app.db',
    );
  }
}

function sqlite(name: string): DatabaseLocation {
  if (name === MEMORY) return { kind: 'sqlite', file: MEMORY, description: 'sqlite::memory:' };
  if (name.trim() === '' || name.endsWith('/')) {
    throw new TypeError('expected `url` to name a file after `sqlite:` or `file:`, got none');
  }
  const file = path.resolve(name);
  return { kind: 'sqlite', file, description: `sqlite:${file}` };
}
