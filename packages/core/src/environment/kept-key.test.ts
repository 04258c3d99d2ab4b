import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../log/types.ts';
import { readEnvironment } from './read-environment.ts';
import { strong } from './read-one.fixture.ts';
import { secret } from './secret.ts';

describe("generate: 'development'", () => {
  let cwd: string;
  const lines: unknown[][] = [];
  const quiet = (): void => {};
  const logger: Logger = {
    debug: quiet,
    info: (...line: unknown[]) => void lines.push(['info', ...line]),
    warn: (...line: unknown[]) => void lines.push(['warn', ...line]),
    error: quiet,
    fatal: quiet,
    child: () => logger,
  };
  const make = (env: Record<string, string> = {}): string =>
    readEnvironment({ SECRET_KEY: secret({ generate: 'development' }) }, { env, cwd, logger }).SECRET_KEY;
  const keptIn = (): string => join(cwd, '.resilient', 'SECRET_KEY');
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'resilient-env-'));
    lines.length = 0;
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  it('makes a key, keeps it, and gives the same one again', () => {
    const key = make();
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(make()).toBe(key);
    expect(readFileSync(keptIn(), 'utf8')).toBe(`${key}\n`);
  });

  it('keeps it where only the owner reads it, and git does not look', () => {
    const before = process.umask(0);
    try {
      make();
    } finally {
      process.umask(before);
    }
    expect(modeOf(keptIn())).toBe(0o600);
    expect(modeOf(join(cwd, '.resilient'))).toBe(0o700);
    expect(readFileSync(join(cwd, '.resilient', '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(join(cwd, '.resilient')).sort()).toEqual(['.gitignore', 'SECRET_KEY']);
    expect(readdirSync(cwd)).toEqual(['.resilient']);
  });

  it('takes away the rights of others from a file that has them', () => {
    make();
    chmodSync(keptIn(), 0o644);
    make();
    expect(modeOf(keptIn())).toBe(0o600);
  });

  it('takes away the rights of others from a folder that has them', () => {
    mkdirSync(join(cwd, '.resilient'), { mode: 0o755 });
    make();
    expect(modeOf(join(cwd, '.resilient'))).toBe(0o700);
  });

  it('says so at `warn`, without the key', () => {
    const key = make();
    make();
    expect(lines.map(([level, facts]) => [level, facts])).toEqual([
      ['warn', { variable: 'SECRET_KEY', file: '.resilient/SECRET_KEY' }],
      ['info', { variable: 'SECRET_KEY', file: '.resilient/SECRET_KEY' }],
    ]);
    expect(JSON.stringify(lines)).not.toContain(key);
  });

  it('makes none in production, and none beside a value that is given', () => {
    expect(() => make({ NODE_ENV: 'production' })).toThrow(/SECRET_KEY is missing/);
    expect(make({ SECRET_KEY: strong })).toBe(strong);
    expect(() => make({ SECRET_KEY: 'dev' })).toThrow(/SECRET_KEY is weak/);
    expect(existsSync(join(cwd, '.resilient'))).toBe(false);
  });

  it('does not use a kept file that is weak, and names the command that removes it', () => {
    mkdirSync(join(cwd, '.resilient'));
    writeFileSync(keptIn(), '');
    expect(() => make()).toThrow(
      /SECRET_KEY is weak: expected in \.resilient\/SECRET_KEY a secret.*\n {4}rm \.resilient\/SECRET_KEY/,
    );
  });

  it('is a missing variable, with the reason, where nothing can be kept', () => {
    writeFileSync(join(cwd, '.resilient'), 'a file in the way');
    expect(() => make()).toThrow(/SECRET_KEY is missing: .*cannot be kept: (ENOTDIR|EEXIST)/);
  });

  it('survives a logger that throws', () => {
    const broken = {
      ...logger,
      warn: () => {
        throw new Error('disk full');
      },
    };
    const values = readEnvironment(
      { KEY: secret({ generate: 'development' }) },
      { env: {}, cwd, logger: broken },
    );
    expect(values.KEY).toHaveLength(43);
  });

  it('gives processes that start together the same key', async () => {
    const script = `
      const [{ readEnvironment }, { secret }] = await Promise.all([import('./read-environment.ts'), import('./secret.ts')]);
      process.stdin.once('data', () => {
        const options = { env: {}, cwd: ${JSON.stringify(cwd)} };
        process.stdout.write(readEnvironment({ SECRET_KEY: secret({ generate: 'development' }) }, options).SECRET_KEY);
        process.exit();
      });
      process.stderr.write('ready');`;
    const env = { ...process.env, RESILIENT_LOG_LEVEL: 'silent' };
    const starting = Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        env,
      });
      let key = '';
      child.stdout.on('data', (chunk) => (key += chunk));
      await once(child.stderr, 'data');
      return { child, key: () => key };
    });
    const children = await Promise.all(starting);
    const ends = children.map(({ child }) => once(child, 'close'));
    for (const { child } of children) child.stdin.write('go');
    await Promise.all(ends);
    const keys = new Set(children.map(({ key }) => key()));
    expect([...keys]).toEqual([readFileSync(keptIn(), 'utf8').trim()]);
  }, 120_000);
});
