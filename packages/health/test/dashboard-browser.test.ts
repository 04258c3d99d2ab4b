import { systemClock } from '@resilient/core';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleServer, startConsole, TOKEN } from './support/console-server.ts';
import { contrast } from './support/contrast.ts';
import { patient, writeOf } from './support/fleet-place.ts';
import { memoryFleetStore } from './support/memory-fleet-store.ts';

const HOSTILE = '<img src=x onerror=alert(origin)>';
const SCREENSHOTS = process.env.RESILIENT_SCREENSHOTS;

let browser: Browser;
let server: ConsoleServer;

beforeAll(async () => {
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox'],
  });
  const fleet = { ...memoryFleetStore(systemClock), goneAfterMs: 3_600_000 };
  const durations = [0, 0, 0, 90, 10];
  const busy = { instance: 'web-2', release: '2026.10', requests: 100, failures: 2, durations };
  await fleet.write(
    writeOf('another', 1, [], { ...busy, status: 'degraded', errors: { KeyError: 3 } }),
    patient(),
  );
  server = await startConsole({ token: TOKEN, basic: true }, { fleet });
  const { monitor } = server;
  for (let count = 0; count < 200; count += 1) {
    monitor.recordRequest({
      route: '/quiz/:id',
      status: count % 50 === 0 ? 500 : 200,
      durationMs: 20 + count,
    });
  }
  monitor.recordError(new Error(HOSTILE), { route: '/quiz/:id' });
  await new Promise((resolve) => setTimeout(resolve, 1_600)); // three samples, for lines to draw
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

interface Seen {
  readonly page: Page;
  /** Whatever the browser complained of, and hosts that were asked. */
  readonly complaints: string[];
  readonly hosts: Set<string>;
}

async function open(options: BrowserContextOptions, before?: string): Promise<Seen> {
  // The stream of events is opened by the page itself: with Basic the browser sends the password there too.
  const context = await browser.newContext({
    locale: 'en-GB',
    ...options,
    httpCredentials: { username: 'ops', password: TOKEN },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).host);
  });
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (event) => console.error("policy", event.violatedDirective))',
  );
  if (before !== undefined) await page.addInitScript(before);
  await page.goto(`${server.url}/health/dashboard`);
  return { page, complaints, hosts };
}

describe.each([
  ['desktop', { width: 1_280, height: 900 }],
  ['phone', { width: 390, height: 844 }],
])('on a %s', (device, viewport) => {
  test.each(['light', 'dark'] as const)(
    'in %s: complete, live, and nothing to complain of',
    async (colorScheme) => {
      const { page, complaints, hosts } = await open({ viewport, colorScheme });
      await page.getByText('live, ').waitFor();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(
        /^school is (healthy|degraded|critical)$/,
      );
      expect(await page.locator('canvas').count()).toBe(6);
      expect(await page.getByText(HOSTILE).count()).toBe(1);
      expect(await page.locator('img').count()).toBe(0);
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(isWide, 'the page scrolls sideways').toBe(false);

      const name = `Burst${device}${colorScheme}`;
      for (let count = 0; count < 30; count += 1) {
        server.monitor.recordError(Object.assign(new Error('all at once'), { name }));
      }
      await page
        .locator('[data-table=types]')
        .getByText(name)
        .waitFor({ timeout: 3 * 2_000 });
      if (SCREENSHOTS !== undefined)
        await page.screenshot({
          path: `${SCREENSHOTS}/dashboard-${device}-${colorScheme}.png`,
          fullPage: true,
        });
      expect(complaints).toEqual([]);
      expect([...hosts]).toEqual([new URL(server.url).host]);
      await page.context().close();
    },
  );
});

test.each([
  ['with script off', { javaScriptEnabled: false }, undefined],
  ['in a browser whose language the chart library cannot read', { locale: 'en-US@posix' }, undefined],
  [
    'with a chart library that throws',
    {},
    'Object.defineProperty(window, "uPlot", { get: () => function () { throw new RangeError("locale"); }, set() {} })',
  ],
])('%s the figures are there', async (_name, options, before) => {
  const { page, complaints } = await open(options, before);
  for (const label of ['Requests', 'Error rate', 'p95 latency', 'Memory', 'CPU', 'Event loop delay']) {
    const tile = page.locator('.tile', { has: page.getByRole('heading', { name: label, exact: true }) });
    expect(await tile.locator('.value').textContent()).toMatch(/^[\d.]+ ?(\/s|%|ms|s|MiB|GiB)$/);
  }
  expect(await page.locator('[data-table=routes] td').first().textContent()).toBe('/quiz/:id');
  const instances = await page.locator('[data-table=instances] tbody tr').allInnerTexts();
  expect(instances.map((row) => row.split('\t').slice(0, 3))).toEqual([
    ['web-1 (this one)', expect.any(String), '2026.11'],
    ['web-2', 'degraded', '2026.10'],
    ['All 2 that live', expect.any(String), ''],
  ]);
  expect(await page.locator('canvas').count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test.each(['light', 'dark'] as const)(
  'text has a contrast of at least 4.5 on its ground, in %s',
  async (colorScheme) => {
    const { page } = await open({ colorScheme });
    const colours = (await page.evaluate(`
    Object.fromEntries(['ground', 'card', 'ink', 'soft', 'healthy', 'degraded', 'critical'].map((name) => [
      name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim()]))`)) as Record<
      string,
      string
    >;
    for (const ground of ['ground', 'card']) {
      for (const ink of ['ink', 'soft', 'healthy', 'degraded', 'critical']) {
        const found = contrast(colours[ground] ?? '', colours[ink] ?? '');
        expect(found, `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    await page.context().close();
  },
);

/** Notes what is written on a canvas, with its colour: the axes of the charts are no text of the page. */
const NOTE_CANVAS_TEXT = `
  const drawn = (window.drawn = []);
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    drawn.push([text, this.fillStyle]);
    return fillText.call(this, text, ...rest);
  };`;

test.each(['light', 'dark'] as const)(
  'the axes of the charts have a contrast of at least 4.5 on their ground, in %s',
  async (colorScheme) => {
    const { page, complaints } = await open({ colorScheme }, NOTE_CANVAS_TEXT);
    await page.waitForFunction('drawn.length > 20');
    const drawn = (await page.evaluate('drawn')) as [text: string, colour: string][];
    const ground = await page.evaluate(
      `getComputedStyle(document.documentElement).getPropertyValue('--card').trim()`,
    );
    // Of times and of amounts, those with their unit.
    expect(
      drawn.some(([text]) => /^\d\d:\d\d/.test(text)) && drawn.some(([text]) => /^\d.* %$/.test(text)),
    ).toBe(true);
    for (const [text, colour] of drawn)
      expect(contrast(colour, String(ground)), `${text} in ${colour}`).toBeGreaterThanOrEqual(4.5);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test('says since when it is stale once the application is gone', async () => {
  const other = await startConsole({ token: TOKEN, basic: true });
  const context = await browser.newContext({ httpCredentials: { username: 'ops', password: TOKEN } });
  const page = await context.newPage();
  await page.goto(`${other.url}/health/dashboard`);
  await page.getByText('live, ').waitFor();
  await other[Symbol.asyncDispose]();
  await page.getByText('stale since ').waitFor({ timeout: 30_000 });
  await context.close();
});
