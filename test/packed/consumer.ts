import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Manifest, packAll, pnpm, readManifest, root } from '../published/pack.ts';

/** A stranger's project that has the packed tarballs installed. */
export interface Consumer {
  readonly directory: string;
  readonly manifests: readonly Manifest[];
  /** Runs ES module source with the Node that runs the tests, and gives what it printed as JSON. */
  run(source: string): unknown;
  remove(): void;
}

/** Where the workspace has `name` for the package in `folder`: what the lockfile chose, no registry asked. */
const workspaceCopy = (folder: string, name: string): string => {
  const directory = path.join(folder, 'node_modules', name);
  if (!existsSync(directory)) throw new Error(`${folder} does not have its own ${name} installed`);
  return `link:${realpathSync(directory)}`;
};

/**
 * Packs all packages and installs the tarballs into a new project. Third-party packages are linked from the
 * workspace, but only those a packed manifest names: one it forgets is missing, as it would be for a stranger.
 */
export function installTarballs(): Consumer {
  const home = mkdtempSync(path.join(tmpdir(), 'resilient-consumer-'));
  const directory = path.join(home, 'app');
  const packed = path.join(home, 'packed');
  mkdirSync(directory);
  mkdirSync(packed);
  const tarballs = packAll(packed);
  const overrides: Record<string, string> = {};
  const dependencies: Record<string, string> = {};
  for (const [name, tarball] of tarballs) {
    dependencies[name] = `file:${tarball}`;
    overrides[name] = `file:${tarball}`;
    const folder = path.join(root, 'packages', name.replace('@resilient/', ''));
    const manifest = readManifest(path.join(folder, 'package.json'));
    for (const external of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (external.startsWith('@resilient/')) continue;
      overrides[external] = workspaceCopy(folder, external);
      if (external in (manifest.peerDependencies ?? {})) dependencies[external] = overrides[external];
    }
  }
  writeFileSync(
    path.join(directory, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }),
  );
  // JSON is YAML: the settings pnpm reads from this file.
  writeFileSync(path.join(directory, 'pnpm-workspace.yaml'), JSON.stringify({ packages: [], overrides }));
  pnpm(['install', '--offline', '--ignore-scripts'], directory);
  return {
    directory,
    manifests: [...tarballs.keys()].map((name) =>
      readManifest(path.join(directory, 'node_modules', name, 'package.json')),
    ),
    run: (source) =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
          cwd: directory,
          encoding: 'utf8',
          env: { ...process.env, NODE_OPTIONS: '' },
        }),
      ) as unknown,
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
