import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of files that @resilient keeps, under the working directory. */
const FOLDER = '.resilient';

/** A key from its file, and whether it was made just now. */
export interface KeptKey {
  readonly key: string;
  readonly made: boolean;
  /** The file, relative to the working directory. */
  readonly file: string;
}

/**
 * Reads the key kept in `.resilient/NAME`, or makes one of `bytes` random bytes (base64url) and keeps it there: mode
 * 0600, in a folder of mode 0700 that git ignores. Two processes that start together get the same key.
 *
 * @throws what the file system throws: the folder cannot be written, the file not read
 */
export function keptKey(cwd: string, name: string, bytes: number): KeptKey {
  const folder = join(cwd, FOLDER);
  const path = join(folder, name);
  const file = `${FOLDER}/${name}`;
  const kept = readKept(path);
  if (kept !== undefined) return { key: kept, made: false, file };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  tighten(folder, 0o700);
  unlessExists(() => writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' }));
  const key = randomBytes(bytes).toString('base64url');
  if (place(path, key)) return { key, made: true, file };
  return { key: readKept(path) ?? '', made: false, file };
}

function readKept(path: string): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim();
    tighten(path, 0o600);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes rights away from others; where the file system has none, or it is somebody else's, it stays as it is. */
function tighten(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch {
    // reading and writing tell whether it can be used
  }
}

/** Answers `false` if another process was first. The file appears under its name with all its content, or not at all. */
function place(path: string, key: string): boolean {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${key}\n`, { flag: 'wx', mode: 0o600 });
    return unlessExists(() => linkOrWrite(draft, path, key));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A link fails if the name is taken; file systems without links get the next best, a write that fails if it is. */
function linkOrWrite(draft: string, path: string, key: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    writeFileSync(path, `${key}\n`, { flag: 'wx', mode: 0o600 });
  }
}

function unlessExists(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
