import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root: string = path.resolve(import.meta.dirname, '../..');

/** The part of a package.json that the checks of published packages look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export const readManifest = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest;

/** Runs pnpm of the very version the repository names, whatever else is installed. */
export function pnpm(args: readonly string[], cwd: string): string {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  return execFileSync('npx', ['-y', packageManager, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** Packs every package as it would be published and gives the tarball of each by the package's name. */
export function packAll(destination: string): Map<string, string> {
  pnpm(['-r', '--filter', './packages/*', 'pack', '--pack-destination', destination], root);
  const tarballs = readdirSync(destination).filter((file) => file.endsWith('.tgz'));
  return new Map(
    tarballs.map((file) => {
      const name = file.replace(/^resilient-(.+)-\d+\.\d+\.\d+.*\.tgz$/, '@resilient/$1');
      return [name, path.join(destination, file)];
    }),
  );
}
