import { mkdir, writeFile } from 'node:fs/promises';
import { report } from './report.ts';

/** Every bench: a module that exports `run`. */
const BENCHES = [
  'core/retry',
  'db/postgres-unit',
  'db/sqlite-unit',
  'db/sqlite-group',
  'db/sqlite-processes',
  'http/happy-path',
] as const;

const wanted = process.argv.slice(2);
const names = BENCHES.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (names.length === 0) throw new Error(`expected one of ${BENCHES.join(', ')}, got ${wanted.join(' ')}`);

const results = [];
for (const name of names) {
  const { run } = (await import(`./${name}.ts`)) as typeof import('./http/happy-path.ts');
  const figures = await run();
  results.push(...figures);
  const folder = new URL('../results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${name.replace('/', '-')}.json`, folder), `${JSON.stringify(figures, null, 2)}\n`);
}
const { text, missed } = report(results);
process.stdout.write(text);
if (names.length === BENCHES.length) {
  const file = new URL('../../docs/reference/benchmarks.md', import.meta.url);
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
}
process.exitCode = missed > 0 ? 1 : 0;
