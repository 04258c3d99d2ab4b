import { isBuiltin } from 'node:module';
import { expect, test } from 'vitest';
import { importsOf, packageOf } from './syntax.ts';
import { type Package, packages } from './tree.ts';

const isOurs = (name: string): boolean => name.startsWith('@resilient/');

/** Package names a source file imports, relative files and Node's own modules left out. */
const packagesIn = (file: string): string[] =>
  importsOf(file)
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map(packageOf);

const named = (name: string): Package => {
  const found = packages.find(({ manifest }) => manifest.name === name);
  if (found === undefined) throw new Error(`no package ${name}`);
  return found;
};

test('core depends on p-retry, p-timeout and pino, and on nothing else', () => {
  const { manifest } = named('@resilient/core');
  expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual(['p-retry', 'p-timeout', 'pino']);
  expect(manifest.peerDependencies ?? {}).toEqual({});
});

test.each(packages)('$folder imports each third-party library in one file', ({ sources }) => {
  const doors = new Map<string, Set<string>>();
  for (const file of sources) {
    for (const name of packagesIn(file).filter((name) => !isOurs(name))) {
      doors.set(name, (doors.get(name) ?? new Set()).add(file));
    }
  }
  const shared = [...doors].filter(([, users]) => users.size > 1);
  expect(shared.map(([name, users]) => [name, ...users])).toEqual([]);
});

test.each(packages)('$folder imports core alone of our packages', ({ manifest, sources }) => {
  const allowed = manifest.name === '@resilient/core' ? [] : ['@resilient/core'];
  const crossings = sources.flatMap((file) =>
    packagesIn(file)
      .filter((name) => isOurs(name) && !allowed.includes(name))
      .map((name) => `${file} imports ${name}`),
  );
  expect(crossings).toEqual([]);
});

test.each(packages)('$folder imports only what its package.json gives its users', ({ manifest, sources }) => {
  const given = { ...manifest.dependencies, ...manifest.peerDependencies };
  const missing = sources.flatMap((file) =>
    packagesIn(file)
      .filter((name) => !(name in given))
      .map((name) => `${file} imports ${name}`),
  );
  expect(missing).toEqual([]);
});
