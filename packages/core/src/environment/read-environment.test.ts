import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isResilientError } from '../errors/resilient-error.ts';
import { EnvironmentError } from './environment-error.ts';
import { integer } from './integer.ts';
import { oneOf } from './one-of.ts';
import { port } from './port.ts';
import { readEnvironment } from './read-environment.ts';
import { strong } from './read-one.fixture.ts';
import { secret } from './secret.ts';
import { text } from './text.ts';
import { url } from './url.ts';

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

  it('tells what a variable of your own throws as a problem, without its words, beside all others', () => {
    const throwing = {
      optional: () => throwing,
      read: (raw: string | undefined): never => {
        throw new Error(`cannot read ${raw}`);
      },
    };
    const attempt = (): unknown =>
      readEnvironment(
        { OWN: throwing, OTHER: throwing, PORT: port() },
        { env: { OWN: 'own-value', PORT: 'x' } },
      );
    let error: unknown;
    try {
      attempt();
    } catch (thrown) {
      error = thrown;
    }
    expect((error as EnvironmentError).problems.map(({ name, problem }) => [name, problem])).toEqual([
      ['OWN', 'malformed'],
      ['OTHER', 'missing'],
      ['PORT', 'malformed'],
    ]);
    expect(inspect(error)).not.toContain('own-value');
  });
});
