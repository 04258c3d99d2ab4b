import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { here, type Outcome, runSuite, type Suite, type Under } from './run-suite.ts';

const require = createRequire(import.meta.url);

/** A host's own suite, and what it runs on with and without what heals in between. */
interface Case {
  readonly name: string;
  readonly suite: Suite;
  readonly plain: Under;
  readonly healed: Under;
  /** Tests of the suite; fewer would mean that it did not run. */
  readonly tests: number;
  /** Tests that the library as installed does not pass alone, since they are of an older version; and why. */
  readonly outdated?: Readonly<Record<string, string>>;
  /** Tests that pass or not as the clock goes, with and without ours: they are not counted. */
  readonly unsteady?: readonly string[];
  /** Tests that cannot pass with ours in between, by name, and why. */
  readonly differences: Readonly<Record<string, string>>;
}

const expressSuite: Suite = {
  root: dirname(require.resolve('express-session-suite')),
  runner: 'mocha',
  files: ['test/session.js'],
};
const healedExpress = here('healed-express-session.ts');
const cookie = require.resolve('express-session/session/cookie');

const secureRoot = dirname(require.resolve('@fastify/secure-session'));
const healedSecure = here('healed-secure-session.ts');

const fastifyRoot = dirname(require.resolve('fastify-session-suite/package.json'));
const fastifyHost = require.resolve('@fastify/session');
const healedFastify = here('healed-fastify-session.ts');
const standIns = {
  fastify: here('stand-ins/fastify.ts'),
  request: here('stand-ins/request.ts'),
  tap: here('stand-ins/tap.ts'),
};

const hidden = 'a store that fails is answered with 503 and `Retry-After`, where the host alone answers 500';
const moved = 'it is `session.cookie.expires` since';

const oneSession = 'our plugin takes the options of one session, and refuses a list of them';

/** They compare a header that knows whole seconds with the clock, to the millisecond. */
const OF_THE_CLOCK = [
  'should set relative in milliseconds',
  'should modify cookie when changed',
  'should modify cookie when changed to large value',
].map((title) => `session() req.session .cookie .maxAge ${title}`);

/**
 * The suites stand untouched in the published packages. Newer versions of express-session and of @fastify/session are
 * published without theirs, and no version of koa-session with one; `../koa-session.test.ts` has our own for it.
 */
const CASES: readonly Case[] = [
  {
    name: 'express-session 1.0.3, its own suite',
    suite: expressSuite,
    plain: {},
    healed: { redirects: { '../': healedExpress }, library: require.resolve('express-session-suite') },
    tests: 29,
    unsteady: OF_THE_CLOCK,
    differences: {},
  },
  {
    name: 'express-session as installed, the suite of 1.0.3',
    suite: expressSuite,
    plain: { redirects: { '../': require.resolve('express-session'), '../session/cookie': cookie } },
    healed: {
      redirects: { '../': healedExpress, '../session/cookie': cookie },
      library: require.resolve('express-session'),
    },
    tests: 29,
    unsteady: OF_THE_CLOCK,
    differences: {},
  },
  {
    name: '@fastify/secure-session as installed, its own suite',
    suite: {
      root: secureRoot,
      runner: 'node',
      files: readdirSync(`${secureRoot}/test`).map((name) => `test/${name}`),
    },
    plain: {},
    healed: { redirects: { '../': healedSecure, '..': healedSecure } },
    tests: 49,
    differences: {
      'it should handle multiple sessions properly': oneSession,
      'decorators should handle multiple sessions properly': oneSession,
    },
  },
  {
    name: '@fastify/session as installed, the suite of fastify-session 3.0.0',
    suite: {
      root: fastifyRoot,
      runner: 'node',
      files: readdirSync(`${fastifyRoot}/test`).map((name) => `test/${name}`),
    },
    plain: { redirects: { ...standIns, '..': fastifyHost, '../lib/fastifySession': fastifyHost } },
    healed: { redirects: { ...standIns, '..': healedFastify, '../lib/fastifySession': healedFastify } },
    tests: 39,
    outdated: {
      'should add session.expires object to request': moved,
      'should destroy the session': 'it is `session.destroy` since',
      'should set new session cookie if expired':
        'the session is read in `onRequest` since, before the test has written its row',
      'should set session.expires if maxAge': moved,
    },
    unsteady: ['session.cookie should have maxage'], // it wants the same millisecond
    differences: {
      'should pass error on store.set to done': hidden,
      'should pass error to done if non-ENOENT error on store.get': hidden,
    },
  },
];

const without = (names: readonly string[], left: readonly string[]): string[] =>
  names.filter((name) => !left.includes(name));

describe.each(CASES)('$name', { timeout: 240_000 }, (one) => {
  const { name, suite, plain, healed, tests, outdated = {}, unsteady = [], differences } = one;

  test('passes the same tests with what heals in between as without it', async () => {
    const alone = await runSuite(suite, plain);
    const between = await runSuite(suite, healed);
    process.stdout.write(
      `${name}: ${alone.passed.length} passed without what heals, ${between.passed.length} with it, ` +
        `${Object.keys(differences).length} different by contract\n`,
    );
    expect(alone.passed.length + alone.failed.length).toBe(tests);
    expect(without(alone.failed, unsteady)).toEqual(Object.keys(outdated).sort());
    const expected = [...Object.keys(outdated), ...Object.keys(differences)].sort();
    expect(without(between.failed, unsteady)).toEqual(expected);
    const all = ({ passed, failed }: Outcome): string[] => [...passed, ...failed].sort();
    expect(all(between)).toEqual(all(alone));
  });

  test('notices when what heals takes something away', async () => {
    const { failed } = await runSuite(suite, { ...healed, shape: 'wrong' });
    const known = [...Object.keys(outdated), ...Object.keys(differences)];
    expect(without(failed, [...unsteady, ...known])).not.toEqual([]);
  });
});
