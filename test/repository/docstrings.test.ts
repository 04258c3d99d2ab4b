import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { root } from '../published/pack.ts';
import { packages } from './tree.ts';

const entries = packages.flatMap(({ manifest, folder }) =>
  Object.values(manifest.exports).map((conditions) =>
    path.join(root, folder, conditions['@resilient/source'] ?? ''),
  ),
);

const options = ts.parseJsonConfigFileContent(
  ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile).config,
  ts.sys,
  root,
).options;

test('every exported symbol has a docstring', () => {
  const program = ts.createProgram(entries, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const missing: string[] = [];
  let documented = 0;
  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) {
      missing.push(`${path.relative(root, entry)} is no module`);
      continue;
    }
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (symbol.getDocumentationComment(checker).length > 0) documented += 1;
      else missing.push(`${path.relative(root, entry)}: ${exported.name}`);
    }
  }
  console.log(`${documented} exported symbols with a docstring`);
  expect(missing).toEqual([]);
});
