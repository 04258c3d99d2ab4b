import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes with its block. */
export const temporaryFolder = async (): Promise<
  AsyncDisposable & { path: string; file(name: string): string }
> => {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-testing-'));
  return {
    path: folder,
    file: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
