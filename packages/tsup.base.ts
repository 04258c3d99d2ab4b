import type { Options } from 'tsup';

/** One build for every package: ESM, declarations, source maps; siblings are seen as they are published. */
export const library = (entry: Record<string, string>): Options => ({
  entry,
  format: 'esm',
  target: 'node22',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // Rules of style such as isolatedDeclarations are left to `pnpm check:types`, which reads the tests too.
  dts: { compilerOptions: { composite: false, customConditions: [], isolatedDeclarations: false } },
});
