import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { project } from './vitest.workspace.ts';

const HOUR_MS = 3_600_000;

/** The full numbers of the issues: minutes to hours, each writes its figures to `docs/evidence`. */
const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['./test/setup/node-version.ts'],
    reporters: ['default', './test/setup/count-reporter.ts'],
    projects: [
      project('long', ['packages/*/test/**/*.long.ts'], {
        globalSetup: ['./test/setup/postgres.ts'],
        testTimeout: HOUR_MS,
        hookTimeout: 120_000,
        maxWorkers: 1,
      }),
    ],
  },
});

export default config;
