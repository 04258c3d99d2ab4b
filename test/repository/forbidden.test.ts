import ts from 'typescript';
import { expect, test } from 'vitest';
import { importsOf, lineOf, walk } from './syntax.ts';
import { files, sources } from './tree.ts';

/** The doors of time and chance; the second drives real faults in tests, which no virtual clock can do. */
const clockFiles = [/^packages\/core\/src\/time\//, /^packages\/testing\/src\/real-time\.ts$/];
const timed = sources.filter((file) => !clockFiles.some((door) => door.test(file)));

const find = (paths: readonly string[], matches: (node: ts.Node) => boolean): string[] => {
  const found: string[] = [];
  for (const file of paths)
    walk(file, (node) => matches(node) && found.push(`${lineOf(node)} ${node.getText()}`));
  return found;
};

const memberOf = (object: string, names: readonly string[]): ((node: ts.Node) => boolean) => {
  return (node) =>
    ts.isPropertyAccessExpression(node) &&
    node.expression.getText() === object &&
    names.includes(node.name.text);
};

test('time and chance come through the clock', () => {
  const members = ['Date.now', 'performance.now', 'Math.random'];
  const timers = /^(set|clear)(Timeout|Interval|Immediate)$/;
  const found = find(
    timed,
    (node) =>
      (ts.isPropertyAccessExpression(node) && members.includes(node.getText())) ||
      (ts.isIdentifier(node) && timers.test(node.text)) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length),
  );
  expect(found).toEqual([]);
  expect(timed.filter((file) => importsOf(file).some((name) => /^(node:)?timers/.test(name)))).toEqual([]);
});

test('no test replaces a module', () => {
  const tests = files.filter((file) => /\.[cm]?[jt]sx?$/.test(file));
  const replacing = ['mock', 'doMock', 'unstable_mockModule'];
  const matches = ['vi', 'vitest', 'jest', 'mock'].map((object) =>
    memberOf(object, object === 'mock' ? ['module'] : replacing),
  );
  expect(find(tests, (node) => matches.some((match) => match(node)))).toEqual([]);
});

test('packages export by name: no default exports, no `export *`', () => {
  const found = find(
    sources,
    (node) =>
      ts.isExportAssignment(node) ||
      (ts.isExportDeclaration(node) && node.exportClause === undefined) ||
      (ts.isExportSpecifier(node) && node.name.text === 'default') ||
      (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)),
  );
  expect(found).toEqual([]);
});
