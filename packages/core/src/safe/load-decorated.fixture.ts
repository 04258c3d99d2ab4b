import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The classes of `decorated.fixture.ts`, compiled: see there. */
export async function loadDecorated(): Promise<typeof import('./decorated.fixture.ts')> {
  const source = readFileSync(new URL('./decorated.fixture.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}
