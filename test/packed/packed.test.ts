import { cpSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packages } from '../repository/tree.ts';
import { type Consumer, installTarballs } from './consumer.ts';
import { SQLITE_GROUPS } from './sqlite-groups.ts';

let consumer: Consumer;
beforeAll(() => {
  consumer = installTarballs();
});
afterAll(() => consumer.remove());

/** What a user writes after `from`: `@resilient/session`, `@resilient/session/fastify`. */
const specifiers = packages.flatMap(({ manifest }) =>
  Object.keys(manifest.exports).map((entry) => path.posix.join(manifest.name, entry)),
);

test('the consumer runs on the Node that runs the tests', () => {
  const version = consumer.run('console.log(JSON.stringify(process.version))');
  console.log(`packed tarballs on process.version ${String(version)}`);
  expect(version).toBe(process.version);
});

test('the published manifests hold no source condition and no word only our workspace knows', () => {
  expect(consumer.manifests.map(({ name }) => name).sort()).toEqual(
    packages.map(({ manifest }) => manifest.name).sort(),
  );
  for (const manifest of consumer.manifests) {
    const given = JSON.stringify([manifest.exports, manifest.dependencies, manifest.peerDependencies]);
    expect(given).not.toMatch(/@resilient\/source|workspace:|catalog:|\.\/src\//);
  }
});

test.each(specifiers)('%s gives the same names to import and to require', async (specifier) => {
  const { imported, required, same } = consumer.run(`
    import { createRequire } from 'node:module';
    const imported = await import('${specifier}');
    const required = createRequire(import.meta.resolve('${specifier}'))('${specifier}');
    const names = (module) => Object.keys(module).sort();
    const same = Object.keys(imported).every((name) => imported[name] === required[name]);
    console.log(JSON.stringify({ imported: names(imported), required: names(required), same }));
  `) as { imported: string[]; required: string[]; same: boolean };
  expect(required).toEqual(imported);
  expect(same).toBe(true);
  // After an intended change of the public surface: `pnpm test:packed -u`.
  await expect(`${imported.join('\n')}\n`).toMatchFileSnapshot(
    `exports/${specifier.replace('@resilient/', '').replace('/', '.')}.txt`,
  );
});

test('an error of one installed copy of core is known to another', () => {
  const original = realpathSync(path.join(consumer.directory, 'node_modules/@resilient/core'));
  const copy = `${original}-copy`;
  cpSync(original, copy, { recursive: true });
  const result = consumer.run(`
    const one = await import('@resilient/core');
    const two = await import('${pathToFileURL(path.join(copy, 'dist/index.js'))}');
    const error = new two.TimeoutError(1);
    console.log(JSON.stringify({
      apart: one.TimeoutError !== two.TimeoutError,
      known: one.isResilientError(error),
      byCode: one.isResilientError(error, 'TIMEOUT'),
      otherCode: one.isResilientError(error, 'CIRCUIT_OPEN'),
    }));
  `);
  expect(result).toEqual({ apart: true, known: true, byCode: true, otherCode: false });
});

test('units of work on SQLite are committed in groups, and the thread beside them is packed with them', () => {
  const found = consumer.run(SQLITE_GROUPS) as { grouped: number };
  expect(found).toMatchObject({ committed: 900, attempts: 1, rows: 909, thread: 0 });
  // Each transaction of its own writes a page or more.
  expect(found.grouped).toBeLessThan(450);
});
