import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { codeOf } from '../src/errors/retry-error.ts';
import type { StopReason } from '../src/errors/stop-reason.ts';

const root = path.join(import.meta.dirname, '../../..');
const page = readFileSync(path.join(root, 'docs/reference/errors.md'), 'utf8');

/** The rows of a table as cells, told by how the first cell looks. */
const rows = (first: RegExp): string[][] =>
  page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))
    .filter((cells) => first.test(cells[0] ?? ''));

const CODE = /^[A-Z][A-Z_]{4,}$/;

/** Files that declare a subclass of ResilientError, with the texts in them that are codes. */
function declared(): { file: string; classes: string[]; codes: string[] }[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
    (file) => !/\.(test|fixture)/.test(file),
  );
  const known = new Set(['ResilientError']);
  const sources = files.map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return { file, source: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
  });
  const found = new Map<string, { classes: string[]; source: ts.SourceFile }>();
  for (let before = -1; before < known.size; ) {
    before = known.size;
    for (const { file, source } of sources) {
      for (const node of source.statements.filter(ts.isClassDeclaration)) {
        const parent = node.heritageClauses?.flatMap(({ types }) =>
          types.map((type) => type.expression.getText()),
        );
        const name = node.name?.text ?? '';
        if (known.has(name) || !parent?.some((one) => known.has(one))) continue;
        known.add(name);
        found.set(file, { classes: [...(found.get(file)?.classes ?? []), name], source });
      }
    }
  }
  return [...found].map(([file, { classes, source }]) => {
    const codes: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node) && CODE.test(node.text)) codes.push(node.text);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return { file, classes, codes };
  });
}

test('the page of errors names every code of the sources, and no other', () => {
  const sources = [...new Set(declared().flatMap(({ codes }) => codes))].sort();
  const listed = rows(/^`[A-Z_]+`$/).map(([code]) => code?.replaceAll('`', ''));
  expect(listed).toEqual(sources);
});

test('each row of it says which errors, what happened, what is known and what to do', () => {
  const classes = declared().flatMap((file) => file.classes);
  for (const cells of rows(/^`[A-Z_]+`$/)) {
    expect(cells).toHaveLength(5);
    for (const cell of cells) expect(cell).not.toBe('');
    const named = [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(classes).toEqual(expect.arrayContaining(named));
  }
  const mentioned = rows(/^`[A-Z_]+`$/).map((cells) => cells[1]);
  expect(classes.filter((name) => !mentioned.some((cell) => cell?.includes(`\`${name}\``)))).toEqual([]);
});

test('its table of stop reasons is that of the code', () => {
  const table = rows(/^`[a-z-]+`$/).map(([reason, code]) => [reason?.replaceAll('`', ''), code]);
  expect(table).toHaveLength(10);
  for (const [reason, code] of table) {
    if (reason !== 'attempts') expect(code).toBe(`\`${codeOf(reason as StopReason, [])}\``);
  }
});
