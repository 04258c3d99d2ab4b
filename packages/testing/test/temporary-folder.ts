import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that goes with its block. */
export const temporaryFolder = async (): Promise<AsyncDisposable & { file(name: string): string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-testing-'));
  return {
    file: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
