import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withoutOptionalPackages } from './support/absent-packages.ts';
import { startChild } from './support/child.ts';

const NOTHING = { listeners: 0, timers: 0, channels: 0, resources: [] };

test('importing an entry starts no timer and adds no listener, and close() leaves none', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const child = startChild('import-only.ts');
  expect(await child.ended(), child.output()).toBe(0);
  expect(child.lines).toEqual([
    {
      ...Object.fromEntries(Object.keys(manifest.exports).map((entry) => [entry, NOTHING])),
      open: { listens: true, waits: true, subscribes: true },
      closed: NOTHING,
    },
  ]);
});

test('without prom-client, @sentry/node, @opentelemetry/api, kysely and every framework all other entries work', async () => {
  const { absent, missing, pages, statuses } = await withoutOptionalPackages();
  expect(absent).toEqual(
    expect.arrayContaining(['@opentelemetry/api', '@sentry/node', 'express', 'kysely', 'prom-client']),
  );
  expect(missing).toEqual(['./kysely ERR_MODULE_NOT_FOUND', './opentelemetry ERR_MODULE_NOT_FOUND']);
  expect(pages).toBe('function');
  expect(statuses).toEqual([404, 404, 200, 200, 200]);
});
