import { mkdir, writeFile } from 'node:fs/promises';
import { type Figure, keptRuns, machineOf, missedIn, type Run, report } from './report.ts';

/** Every bench: a module that exports `run`. */
const BENCHES = [
  'core/retry',
  'db/postgres-unit',
  'db/sqlite-unit',
  'db/sqlite-group',
  'db/sqlite-processes',
  'health/record',
  'http/happy-path',
  'http/together',
  'http/fetch',
  'http/scorecards',
  'session/healing',
] as const;

const wanted = process.argv.slice(2);
const names = BENCHES.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (names.length === 0) throw new Error(`expected one of ${BENCHES.join(', ')}, got ${wanted.join(' ')}`);

const results = new URL('../results/', import.meta.url);
await mkdir(results, { recursive: true });
const made = new Map<string, Run>();
for (const name of names) {
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<readonly Figure[]> };
  const machine = machineOf();
  const kept: Run = { machine, figures: await run() };
  made.set(name, kept);
  const file = new URL(`${name.replace('/', '-')}.json`, results);
  await writeFile(file, `${JSON.stringify(kept, null, 2)}\n`);
}
process.stdout.write(report(made));

// the page shows the last run of each, so that one bench can be renewed by itself
const page = new URL('../../docs/reference/benchmarks.md', import.meta.url);
await mkdir(new URL('.', page), { recursive: true });
await writeFile(page, report(keptRuns(results, BENCHES)));
process.exitCode = missedIn([...made.values()].flatMap(({ figures }) => figures)) > 0 ? 1 : 0;
