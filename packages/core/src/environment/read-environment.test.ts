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
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isResilientError } from '../errors/resilient-error.ts';
import type { Logger } from '../log/types.ts';
import { EnvironmentError } from './environment-error.ts';
import { integer } from './integer.ts';
import { oneOf } from './one-of.ts';
import { port } from './port.ts';
import { type ReadEnvironmentOptions, readEnvironment } from './read-environment.ts';
import { secret } from './secret.ts';
import { text } from './text.ts';
import { url } from './url.ts';
import type { Variable } from './variable.ts';

const strong = 'q7Kf0xZt-2mWv9Lr_8bYc4Ns6Jd1Hg3Pa5';

/** What one variable reads, or what is wrong with it. */
function read<T>(
  variable: Variable<T>,
  value?: string,
  options: ReadEnvironmentOptions = {},
): T | string | undefined {
  try {
    return readEnvironment(
      { NAME: variable },
      { env: value === undefined ? {} : { NAME: value }, ...options },
    ).NAME;
  } catch (error) {
    return error instanceof EnvironmentError ? error.problems[0]?.problem : String(error);
  }
}

describe('readEnvironment', () => {
  it('reads all that is asked for', () => {
    const values = readEnvironment(
      {
        SECRET_KEY: secret(),
        DATABASE_URL: url().optional(),
        PORT: port(3000),
        REGION: text(),
        MODE: oneOf(['web', 'worker']),
        WORKERS: integer({ min: 1, max: 4 }),
      },
      { env: { SECRET_KEY: strong, REGION: 'eu', MODE: 'worker', WORKERS: '4', PORT: '' } },
    );
    expect(values).toEqual({
      SECRET_KEY: strong,
      DATABASE_URL: undefined,
      PORT: 3000,
      REGION: 'eu',
      MODE: 'worker',
      WORKERS: 4,
    });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it('lists everything that is wrong, what was expected and what mends it, and no value', () => {
    const attempt = (): unknown =>
      readEnvironment(
        {
          SECRET_KEY: secret(),
          DATABASE_URL: url(),
          PORT: port(),
          MODE: oneOf(['web', 'worker']),
          FINE: text(),
        },
        {
          env: {
            SECRET_KEY: 'changeme-value',
            DATABASE_URL: 'not-a-url-value',
            PORT: '70000',
            FINE: 'fine-value',
          },
        },
      );
    let error: unknown;
    try {
      attempt();
    } catch (thrown) {
      error = thrown;
    }
    expect(isResilientError(error, 'ENVIRONMENT')).toBe(true);
    const { problems, message } = error as EnvironmentError;
    expect(problems.map(({ name, problem }) => [name, problem])).toEqual([
      ['SECRET_KEY', 'weak'],
      ['DATABASE_URL', 'malformed'],
      ['PORT', 'malformed'],
      ['MODE', 'missing'],
    ]);
    expect(message.split('\n')).toEqual([
      'the environment cannot be used as it is: 4 variables',
      '  SECRET_KEY is weak: expected a secret of at least 32 bytes and 10 different characters, and none of the usual defaults',
      `    export SECRET_KEY="$(node -p "require('node:crypto').randomBytes(32).toString('base64url')")"`,
      '  DATABASE_URL is malformed: expected a URL such as https://host/path',
      "    export DATABASE_URL='https://host/path'",
      '  PORT is malformed: expected a whole number from 0 to 65535',
      '    export PORT=1',
      '  MODE is missing: expected one of web, worker',
      '    export MODE=web',
    ]);
    for (const shown of [message, inspect(error), JSON.stringify(error)]) {
      for (const value of ['changeme-value', 'not-a-url-value', '70000', 'fine-value'])
        expect(shown).not.toContain(value);
    }
  });

  it('reads process.env unless it is given another, and nothing that an object inherits', () => {
    process.env.RESILIENT_TEST_TEXT = 'here';
    expect(readEnvironment({ RESILIENT_TEST_TEXT: text() }).RESILIENT_TEST_TEXT).toBe('here');
    delete process.env.RESILIENT_TEST_TEXT;
    expect(() => readEnvironment({ toString: text() }, { env: {} })).toThrow(EnvironmentError);
    expect(() => readEnvironment({ constructor: text() }, { env: {} })).toThrow(EnvironmentError);
  });

  it('refuses a wrong description or option', () => {
    expect(() => readEnvironment({ 'a/../b': text() })).toThrow(
      /expected `variables` to be named with letters/,
    );
    expect(() => readEnvironment({ PORT: 3000 } as never)).toThrow(
      new TypeError('expected `PORT` to be a variable, as secret(), url() or port() make, got 3000'),
    );
    expect(() => readEnvironment({}, { environment: {} } as never)).toThrow(/unknown option `environment`/);
    expect(() => readEnvironment({}, { cwd: 5 } as never)).toThrow(TypeError);
    expect(() => readEnvironment({}, { logger: {} } as never)).toThrow(TypeError);
    expect(() => readEnvironment(null as never)).toThrow(TypeError);
  });
});

describe('a variable', () => {
  it('counts as missing when it is empty or blank', () => {
    for (const variable of [text(), port(), url(), secret(), oneOf(['a']), integer()]) {
      expect(read<unknown>(variable, '')).toBe('missing');
      expect(read<unknown>(variable, ' \t')).toBe('missing');
    }
  });

  it('that is optional may be missing, not malformed', () => {
    expect(read(port().optional())).toBeUndefined();
    expect(read(port().optional(), 'many')).toBe('malformed');
    expect(read(secret().optional(), 'changeme')).toBe('weak');
    expect(read(port().optional().optional())).toBeUndefined();
    expect(read(port(80).optional())).toBe(80);
  });

  it.each(['0', '80', '65535', ' 80 '])('port takes %o', (value) =>
    expect(read(port(), value)).toBe(Number(value)),
  );
  it.each(['-1', '65536', '8e1', '0x50', '80.5', '80a', 'NaN'])('port refuses %o', (value) => {
    expect(read(port(), value)).toBe('malformed');
  });

  it.each(['9007199254740993', '99999999999999999999'])(
    'integer refuses %s, which no number holds',
    (value) => {
      expect(read(integer(), value)).toBe('malformed');
    },
  );

  it('integer takes negative numbers where they are allowed', () => {
    expect(read(integer({ min: -5 }), '-5')).toBe(-5);
    expect(read(integer({ min: -5 }), '-6')).toBe('malformed');
  });

  it.each(['postgres://u:p@h:5432/db', 'https://host', 'file:data.db', 'sqlite://x'])(
    'url takes %s as it is',
    (value) => {
      expect(read(url(), value)).toBe(value);
    },
  );
  it.each(['localhost:5432/db', 'host', '//host', 'http://', 'javascript:alert(1)'])(
    'url refuses %s',
    (value) => {
      expect(read(url(), value)).toBe('malformed');
    },
  );

  it('url keeps to its protocols', () => {
    const postgres = url({ protocols: ['postgres', 'postgresql'] });
    expect(read(postgres, 'postgresql://h/db')).toBe('postgresql://h/db');
    expect(read(postgres, 'mysql://h/db')).toBe('malformed');
    expect(read(url({ fallback: 'file:data.db' }))).toBe('file:data.db');
  });

  it('oneOf takes its words alone', () => {
    expect(read(oneOf(['web', 'worker'], 'web'))).toBe('web');
    expect(read(oneOf(['web', 'worker']), 'Web')).toBe('malformed');
  });

  it('refuses wrong settings when it is made', () => {
    expect(() => port(70_000)).toThrow(RangeError);
    expect(() => port('80' as never)).toThrow(TypeError);
    expect(() => text(5 as never)).toThrow(TypeError);
    expect(() => integer({ min: 5, max: 4 })).toThrow(RangeError);
    expect(() => integer({ min: 5, fallback: 4 })).toThrow(RangeError);
    expect(() => integer({ default: 4 } as never)).toThrow(TypeError);
    expect(() => oneOf([])).toThrow(TypeError);
    expect(() => oneOf('web' as never)).toThrow(TypeError);
    expect(() => oneOf(['web'], 'worker' as never)).toThrow(TypeError);
    expect(() => url({ protocols: [] })).toThrow(TypeError);
    expect(() => url({ protocols: ['https:'] })).toThrow(TypeError);
    expect(() => url({ protocols: 'https' } as never)).toThrow(TypeError);
    expect(() => url({ fallback: 'host' })).toThrow(TypeError);
    expect(() => secret({ minBytes: 0 })).toThrow(RangeError);
    expect(() => secret({ minBytes: '32' as never })).toThrow(TypeError);
    expect(() => secret({ generate: 'always' as never })).toThrow(TypeError);
    expect(() => secret({ length: 5 } as never)).toThrow(TypeError);
  });
});

describe('a secret', () => {
  it('must be as long as asked, in bytes', () => {
    expect(read(secret({ minBytes: strong.length }), strong)).toBe(strong);
    expect(read(secret({ minBytes: strong.length + 1 }), strong)).toBe('weak');
    expect(read(secret({ minBytes: 20 }), 'äöüßàéèçñø')).toBe('äöüßàéèçñø');
  });

  it('must have 10 different characters', () => {
    expect(read(secret(), '012345678'.repeat(4))).toBe('weak');
    expect(read(secret(), '0123456789'.repeat(4))).toBe('0123456789'.repeat(4));
  });

  it.each([
    'changeme',
    'secret',
    'dev',
    'development',
    'your-super-secret-key-please-change-it!!',
    'SECRET_KEY_CHANGE_ME_IN_PRODUCTION_2024',
    'this-is-not-a-secret-key-for-testing',
  ])('%s is one of the usual defaults', (value) => {
    expect(read(secret({ minBytes: 1 }), value)).toBe('weak');
  });

  it.each([
    strong,
    'correct horse battery staple and more',
    `dev-${strong}`,
    'f3a91c07'.repeat(3) + '5b2e8d64'.repeat(3),
  ])('%s is fine', (value) => {
    expect(read(secret(), value)).toBe(value);
  });
});

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
  }, 30_000);
});
