import { expect, test } from 'vitest';
import { files, read } from './tree.ts';

const binary = /\.(png|jpe?g|gif|ico|webp|woff2?|sqlite|db)$/;
const texts = files.filter((file) => !binary.test(file));

const linesWith = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );

test('no file names a folder of one machine', () => {
  expect(linesWith(texts, /(^|[\s"'`(=:])\/(work|tmp|root|home\/\w+)(\/|["'`\s)]|$)/)).toEqual([]);
});

test('no file names a package registry', () => {
  expect(linesWith(texts, /registry\.(npm|yarn)|npmjs\.org|npm\.jsr\.io|deb\.debian/)).toEqual([]);
  expect(linesWith(['pnpm-lock.yaml'], /https?:\/\//)).toEqual([]);
  expect(texts.filter((file) => file.endsWith('.npmrc'))).toEqual([]);
});

test('the text never sends a reader to the package `resilient`, which is not ours', () => {
  expect(
    linesWith(texts, /\b(npx|pnpx|pnpm dlx|npm exec|npm i|npm install|pnpm add) (-\S+ )*resilient\b/),
  ).toEqual([]);
});
