import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Manifest, readManifest, root } from '../published/pack.ts';

/** Paths from the root of all files that git tracks or would add. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));

export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const isTest = (file: string): boolean => /\.(test(-d|-prop)?|fixture)\.ts$/.test(file);

/** What we ship: packages/NAME/src without its tests. */
export const sources: readonly string[] = files.filter(
  (file) => /^packages\/[^/]+\/src\/.+\.ts$/.test(file) && !isTest(file),
);

/** Everything we wrote in TypeScript that is not a test. */
export const code: readonly string[] = files.filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !isTest(file));

export interface Package {
  /** Folder from the root, such as `packages/core`. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly sources: readonly string[];
}

export const packages: readonly Package[] = readdirSync(path.join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => {
    const folder = `packages/${entry.name}`;
    return {
      folder,
      manifest: readManifest(path.join(root, folder, 'package.json')),
      sources: sources.filter((file) => file.startsWith(`${folder}/src/`)),
    };
  });
