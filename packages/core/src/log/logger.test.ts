import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { guardLogger, loggerOf, sharedLogger } from './logger.ts';
import type { Logger } from './types.ts';

/** A logger that keeps its lines. */
function recorder(lines: unknown[][], bindings: object = {}): Logger {
  const line =
    (level: string) =>
    (...given: unknown[]): void =>
      void lines.push([level, bindings, ...given]);
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('fatal'),
    child: (more) => recorder(lines, { ...bindings, ...more }),
  };
}

const throwing: Logger = {
  ...recorder([]),
  warn: () => {
    throw new Error('disk full');
  },
  child: () => {
    throw new Error('no children');
  },
};

/** What a process of its own writes with the shared logger. */
const shared = (level: string | undefined): string => {
  const script = `const { sharedLogger } = await import('./logger.ts'); sharedLogger().info('an info'); sharedLogger().warn({ n: 1 }, 'a warning');`;
  const { RESILIENT_LOG_LEVEL: _, ...env } = process.env;
  return spawnSync(
    process.execPath,
    ['--input-type=module', '--conditions=@resilient/source', '-e', script],
    {
      cwd: import.meta.dirname,
      env: level === undefined ? env : { ...env, RESILIENT_LOG_LEVEL: level },
      encoding: 'utf8',
    },
  ).stdout;
};

describe('guardLogger', () => {
  it('passes lines on as they are, also through a child', () => {
    const lines: unknown[][] = [];
    const logger = guardLogger(recorder(lines));
    logger.warn({ attempt: 1 }, 'again');
    logger.child({ name: 'mailer' }).error('gone');
    expect(lines).toEqual([
      ['warn', {}, { attempt: 1 }, 'again'],
      ['error', { name: 'mailer' }, 'gone'],
    ]);
  });

  it('loses a line that cannot be written, and nothing else', () => {
    const logger = guardLogger(throwing);
    expect(() => logger.warn('x')).not.toThrow();
    expect(() => logger.child({ a: 1 }).warn('x')).not.toThrow();
  });

  it('takes the rejection of a line that is written later', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const late = async (): Promise<void> => {
      throw new Error('disk full');
    };
    guardLogger({ ...recorder([]), warn: late as never }).warn('x');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('calls the methods on the logger itself, which may need `this`', () => {
    class Own {
      lines: string[] = [];
      warn(line: string): void {
        this.lines.push(line);
      }
    }
    const own = new Own();
    guardLogger(Object.assign(own, recorder([]), { warn: own.warn }) as unknown as Logger).warn('x');
    expect(own.lines).toEqual(['x']);
  });
});

describe('loggerOf', () => {
  it('answers the shared logger for none', () => {
    expect(loggerOf(undefined)).toBe(sharedLogger());
  });

  it.each([null, {}, { warn() {} }, 'pino', console])('refuses %o, which is no logger', (value) => {
    expect(() => loggerOf(value as unknown as Logger)).toThrow(
      /expected `logger` to have a function `\w+`, as pino has/,
    );
  });
});

describe('sharedLogger', () => {
  it('is one for the process', () => {
    expect(sharedLogger()).toBe(sharedLogger());
  });

  it('is made when there is a line to write, not for a call that goes well', () => {
    const script = `
      const [{ retry }, { sharedLogger }] = await Promise.all([import('../retry/retry.ts'), import('./logger.ts')]);
      await retry(() => 1, { maxRetries: 1 });
      console.log('well');
      sharedLogger();`;
    const args = ['--input-type=module', '--conditions=@resilient/source', '-e', script];
    const env = { ...process.env, RESILIENT_LOG_LEVEL: 'verbose' };
    const { stdout } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, env, encoding: 'utf8' });
    expect(stdout).toMatch(/^well\n.*to be a level of pino/);
  });

  it('writes from `warn` on, under the name `resilient`', () => {
    const written = shared(undefined);
    expect(JSON.parse(written)).toMatchObject({ name: 'resilient', level: 40, n: 1, msg: 'a warning' });
    expect(JSON.parse(shared(''))).toMatchObject({ msg: 'a warning' });
  });

  it('follows RESILIENT_LOG_LEVEL', () => {
    expect(shared('info')).toContain('an info');
    expect(shared('silent')).toBe('');
  });

  it('goes on at `warn`, and says so, when the level is none of pino', () => {
    const written = shared('verbose');
    expect(written).toContain('expected RESILIENT_LOG_LEVEL to be a level of pino');
    expect(written).toContain('a warning');
    expect(written).not.toContain('an info');
  });
});
