import path from 'node:path';
import { expect, test } from 'vitest';
import { code, read, sources } from './tree.ts';

const lines = (file: string): number => read(file).trimEnd().split('\n').length;

test('no file of ours is longer than 400 lines', () => {
  expect(code.filter((file) => lines(file) > 400)).toEqual([]);
});

test('the median source file has at most 80 lines, nine in ten at most 250', () => {
  const sizes = sources.map(lines).sort((a, b) => a - b);
  const at = (share: number): number => sizes[Math.floor((sizes.length - 1) * share)] ?? 0;
  console.log(
    `${sizes.length} source files: median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)} lines (without tests)`,
  );
  expect(at(0.5)).toBeLessThanOrEqual(80);
  expect(at(0.9)).toBeLessThanOrEqual(250);
});

test('no file has a name that says nothing', () => {
  const vague = /(^|-)(utils?|helpers?|common)\./;
  expect(code.filter((file) => vague.test(path.basename(file)))).toEqual([]);
});
