import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type NodeProcess, spawnNode } from '../src/index.ts';
import { canEnter } from '../src/postgres/account.ts';
import { childrenOf, runningOf, waitUntilGone } from '../src/process/process-table.ts';
import { temporaryFolder } from './temporary-folder.ts';

const OWNER = new URL('./children/postgres-owner.ts', import.meta.url);

interface Owned {
  readonly pid: number;
  readonly dataDir: string;
}

const start = async (mode: 'stay' | 'end'): Promise<[NodeProcess, Owned, number[]]> => {
  const owner = await spawnNode(OWNER, { args: [mode] });
  const owned = await owner.next<Owned>(60_000);
  return [owner, owned, [owned.pid, ...(await childrenOf(owned.pid))]];
};

const untilRemoved = async (folder: string): Promise<void> => {
  for (let round = 0; round < 2_000 && existsSync(folder); round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(existsSync(folder)).toBe(false);
};

const nobody = { uid: 65_534, gid: 65_534 };
/** As root, the test becomes an ordinary user, who must be able to read this tree; others are one already. */
const mayDrop = process.getuid?.() === 0 && (await canEnter(nobody, dirname(fileURLToPath(OWNER))));

describe('startPostgres', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'leaves nothing behind when its process gets %s',
    async (signal) => {
      const [owner, { dataDir }, servers] = await start('stay');
      expect(servers.length).toBeGreaterThan(3);
      expect(await runningOf(servers)).toHaveLength(servers.length);
      expect((await owner.kill(signal)).signal).toBe(signal);
      await waitUntilGone(servers, 40_000);
      await untilRemoved(dirname(dataDir));
    },
  );

  it('does not keep a process alive that forgot to close it, and leaves nothing behind', async () => {
    const [owner, { dataDir }, servers] = await start('end');
    expect(await owner.exited).toEqual({ code: 0, signal: null });
    await waitUntilGone(servers, 40_000);
    await untilRemoved(dirname(dataDir));
  });

  it('leaves nothing behind when its process is killed while the server is being made', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o711);
    for (const ms of [300, 500, 700, 900]) {
      const owner = await spawnNode(OWNER, { args: ['stay'], env: { TMPDIR: folder.path } });
      await new Promise((resolve) => setTimeout(resolve, ms));
      await owner.kill();
    }
    await expect.poll(() => readdirSync(folder.path), { timeout: 40_000 }).toEqual([]);
  }, 240_000);

  it.runIf(mayDrop)('starts for an ordinary user, too', async () => {
    const flags = ['--conditions=@resilient/source', fileURLToPath(OWNER), 'stay'];
    const options = {
      ...nobody,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'] as ['ignore', 'inherit', 'inherit', 'ipc'],
    };
    const owner = spawn(process.execPath, flags, options);
    const { pid, dataDir } = await new Promise<Owned>((resolve, reject) => {
      owner.once('message', (message) => resolve(message as Owned)).once('exit', reject);
    });
    const status = execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' });
    expect(status).toMatch(/^Uid:\s+65534/m);
    owner.kill('SIGKILL');
    await waitUntilGone([pid], 40_000);
    await untilRemoved(dirname(dataDir));
  });
});
