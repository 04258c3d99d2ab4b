import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** The suite of a library as its authors published it. */
export interface Suite {
  /** Where the package with the suite stands. */
  readonly root: string;
  /** Runs it and tells the name of each test. */
  readonly runner: 'mocha' | 'node';
  readonly files: readonly string[];
}

/** What is put under the suite. */
export interface Under {
  /** What its files get in place of what they require: paths. */
  readonly redirects?: Readonly<Record<string, string>>;
  /** The library that a wrapper wraps: a path. */
  readonly library?: string;
  /** `wrong` for a shape that what the suite stores does not fit. */
  readonly shape?: 'wrong';
}

/** The names of the tests, in the order of the alphabet; a name may stand more than once. */
export interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Where our own file of this name stands. */
export const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs a suite in a process of its own. */
export async function runSuite({ root, runner, files }: Suite, under: Under = {}): Promise<Outcome> {
  const how =
    runner === 'mocha'
      ? [
          require.resolve('mocha/bin/mocha.js'),
          '--no-config',
          '--exit',
          '--timeout',
          '20000',
          '--reporter',
          'json',
          ...files,
        ]
      : ['--test', '--test-isolation=none', '--test-force-exit', '--test-reporter=tap', ...files];
  const text = await outputOf(['--conditions=@resilient/source', `--import=${here('redirect.ts')}`, ...how], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      SUITE_ROOT: pathToFileURL(`${root}/`).href,
      SUITE_REDIRECTS: JSON.stringify(under.redirects ?? {}),
      SUITE_LIBRARY: under.library ?? '',
      SUITE_SHAPE: under.shape ?? 'right',
    },
  });
  return runner === 'mocha' ? readMocha(text) : readTap(text);
}

const outputOf = (args: string[], options: { cwd: string; env: Record<string, string | undefined> }) =>
  new Promise<string>((resolve) => {
    const limits = { timeout: 120_000, maxBuffer: 64 * 1_048_576 };
    execFile(process.execPath, args, { ...options, ...limits }, (_error, out, told) => resolve(out || told));
  });

function readMocha(text: string): Outcome {
  const start = text.indexOf('{\n  "stats"');
  if (start < 0) throw new Error(`no report of mocha: ${text.slice(0, 2_000)}`);
  type Told = readonly { readonly fullTitle: string }[];
  const { passes, failures } = JSON.parse(text.slice(start)) as { passes: Told; failures: Told };
  const names = (told: Told): string[] => told.map(({ fullTitle }) => fullTitle).sort();
  return { passed: names(passes), failed: names(failures) };
}

function readTap(text: string): Outcome {
  if (!/^# pass \d+$/m.test(text)) throw new Error(`no report of node:test: ${text.slice(0, 2_000)}`);
  const names = (line: RegExp): string[] => [...text.matchAll(line)].map(([, name]) => name ?? '').sort();
  return { passed: names(/^ok \d+ - (.*)$/gm), failed: names(/^not ok \d+ - (.*)$/gm) };
}
