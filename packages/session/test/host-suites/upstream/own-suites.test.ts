import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { here, runSuite, type Suite, type Under } from './run-suite.ts';

const require = createRequire(import.meta.url);

/** A host's own suite, and what it runs on with and without what heals in between. */
interface Case {
  readonly name: string;
  readonly suite: Suite;
  readonly plain: Under;
  readonly healed: Under;
  /** Tests that the library passes alone; fewer would mean that the suite did not run. */
  readonly tests: number;
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

const oneSession = 'our plugin takes the options of one session, and refuses a list of them';

/** The suites are those in the published packages, untouched: later versions of express-session leave theirs out. */
const CASES: readonly Case[] = [
  {
    name: 'express-session 1.0.3, its own suite',
    suite: expressSuite,
    plain: {},
    healed: { redirects: { '../': healedExpress }, library: require.resolve('express-session-suite') },
    tests: 29,
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
];

describe.each(CASES)('$name', { timeout: 240_000 }, ({ name, suite, plain, healed, tests, differences }) => {
  test('passes as many tests with what heals in between as without it', async () => {
    const without = await runSuite(suite, plain);
    const between = await runSuite(suite, healed);
    process.stdout.write(
      `${name}: ${without.passed.length} passed without what heals, ${between.passed.length} with it, ` +
        `${Object.keys(differences).length} different by contract\n`,
    );
    expect(without.failed).toEqual([]);
    expect(without.passed.length).toBeGreaterThanOrEqual(tests);
    expect(between.failed).toEqual(Object.keys(differences).sort());
    expect([...between.passed, ...between.failed].sort()).toEqual(without.passed);
  });

  test('notices when what heals takes something away', async () => {
    const { failed } = await runSuite(suite, { ...healed, shape: 'wrong' });
    expect(failed.length).toBeGreaterThan(Object.keys(differences).length);
  });
});
