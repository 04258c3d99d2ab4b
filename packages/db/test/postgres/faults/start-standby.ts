import { appendFile, chown, cp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres, type TestPostgres } from '@resilient/testing';
import { ask } from './own-database.ts';

/** A standby that streams from a primary. */
export interface Standby extends AsyncDisposable {
  /** Its users and their passwords are the primary's. */
  readonly url: string;
  readonly port: number;
  /** Waits until it has all that the primary has written. */
  caughtUp(): Promise<void>;
  /** Makes it a primary, with a timeline of its own. */
  promote(): Promise<void>;
}

async function giveTo(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const name of await readdir(folder, { recursive: true }))
    await chown(join(folder, name), owner.uid, owner.gid);
}

/** Starts a standby on a copy of the primary's data, for which that one is stopped for a moment. */
export async function startStandby(primary: TestPostgres): Promise<Standby> {
  const server = await startPostgres();
  await server.kill();
  await primary.kill();
  const { dataDir } = server;
  const owner = await stat(dataDir);
  for (const name of await readdir(dataDir)) await rm(join(dataDir, name), { recursive: true });
  await cp(primary.dataDir, dataDir, { recursive: true });
  await primary.start();
  const { user, password, host, port } = primary;
  const from = `user=${user} password=${password} host=${host} port=${port}`;
  await appendFile(join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${from}'\n`);
  await writeFile(join(dataDir, 'standby.signal'), '');
  await giveTo(dataDir, owner);
  await server.start();
  const url = new URL(server.url);
  url.password = password;
  return {
    url: url.href,
    port: server.port,
    async caughtUp() {
      const [row] = await ask(primary.url, 'select pg_current_wal_lsn()::text as lsn');
      const reached = 'select pg_last_wal_replay_lsn() >= $1::pg_lsn as reached, pg_sleep(0.02)::text';
      while ((await ask(url.href, reached, [row?.lsn]))[0]?.reached !== true);
    },
    async promote() {
      await ask(url.href, 'select pg_promote()');
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
