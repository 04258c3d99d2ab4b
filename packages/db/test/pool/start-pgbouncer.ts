import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createFlakyServer } from '@resilient/testing';

/** A PgBouncer in transaction mode. */
export interface PgBouncer extends AsyncDisposable {
  readonly url: string;
}

/** Where PgBouncer is installed; Debian puts it where a user's PATH does not look. */
export function findPgBouncer(): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
  ];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((file) => existsSync(file));
}

/** One that is given to no client meanwhile. */
const freePort = async (): Promise<number> => {
  await using server = await createFlakyServer();
  return server.port;
};

/** Starts one in front of a server; `more` is added to its settings. It refuses to run as root, so root starts it as nobody. */
export async function startPgBouncer(binary: string, serverUrl: string, more = ''): Promise<PgBouncer> {
  const upstream = new URL(serverUrl);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'resilient-pgbouncer-'));
  const file = join(folder, 'pgbouncer.ini');
  const server = `host=${upstream.hostname} port=${upstream.port} user=${upstream.username} password=${upstream.password}`;
  const config = `[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
server_login_retry = 1
${more}
`;
  await writeFile(file, config);
  await chmod(folder, 0o755);
  await chmod(file, 0o644);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child: ChildProcess = spawn(binary, [file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
    ...nobody,
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PgBouncer ended: ${log}`)));
    child.stderr?.on('data', (part) => {
      log += part;
      if (log.includes('process up')) resolve();
    });
  });
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await ended;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
