import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type TestUserConfig,
  type ViteUserConfig,
} from 'vitest/config';

/** Packages see each other's sources, without a build; the rest are Vite's own conditions for Node. */
const conditions = ['@resilient/source', 'module', 'node', 'development|production'];

const exclude = ['**/node_modules/**', '**/dist/**'];

/** A project of tests on the sources. */
export const project = (
  name: string,
  include: string[],
  test: TestUserConfig & { sequence?: { groupOrder: number } } = {},
): TestProjectInlineConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Where Vitest 5 loads the global set-up.
  environments: { __vitest__: { resolve: { conditions } } },
  test: {
    name,
    include,
    exclude,
    pool: 'forks',
    maxWorkers: 2,
    // Limits for what hangs, not for what is slow: a machine that others use as well takes many times as long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // Inherited by `child_process.fork`, so that a test's own processes see the sources as well.
    execArgv: ['--conditions=@resilient/source'],
    ...test,
  },
});

const types: TestProjectInlineConfiguration = {
  test: {
    name: 'types',
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: ['packages/*/src/**/*.test-d.ts'],
      tsconfig: 'test/types/tsconfig.json',
      ignoreSourceErrors: true,
    },
  },
};

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/setup/node-version.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    projects: [
      project(
        'unit',
        [
          'packages/*/src/**/*.test.ts',
          'packages/*/src/**/*.test-prop.ts',
          'examples/*/src/**/*.test.ts',
          'test/unit/*.test.ts',
          'bench/src/**/*.test.ts',
        ],
        { setupFiles: ['./test/setup/fixed-seed.ts'] },
      ),
      types,
      project('repository', ['test/repository/*.test.ts'], { testTimeout: 60_000 }),
      project('integration', ['packages/*/test/**/*.test.ts', 'test/integration/*.test.ts'], {
        globalSetup: ['test/setup/postgres.ts'],
        setupFiles: ['./test/setup/fixed-seed.ts'],
        testTimeout: 60_000,
        sequence: { groupOrder: 1 },
      }),
      project('packed', ['test/packed/*.test.ts'], {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        maxWorkers: 1,
        sequence: { groupOrder: 2 },
      }),
      project('browser', ['examples/*/test/**/*.test.ts'], {
        globalSetup: ['test/setup/postgres.ts'],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        maxWorkers: 1,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});

export default config;
