import { publish } from '@resilient/core';
import parse from 'parse-prometheus-text-format';
import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { withoutOptionalPackages } from './support/absent-packages.ts';
import { BEARER, type ConsoleServer, startConsole, TOKEN } from './support/console-server.ts';

const scrape = async (server: ConsoleServer): Promise<{ text: string; type: string | null }> => {
  const response = await fetch(`${server.url}/metrics`, { headers: BEARER });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return { text: await response.text(), type: response.headers.get('content-type') };
};

const load = ({ monitor }: ConsoleServer): void => {
  for (let count = 0; count < 40; count += 1) {
    monitor.recordRequest({ route: '/users/:id', status: count % 10 === 0 ? 503 : 200, durationMs: count });
  }
  monitor.recordError(Object.assign(new Error('x'), { name: 'a"b\\c' }));
};

const seriesOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** What OpenMetrics 1.0 asks of a text, as far as a scraper stumbles over it. */
function checkOpenMetrics(text: string): string[] {
  const types = new Map<string, string>();
  const lines = text.split('\n');
  expect(lines.splice(-2), 'ends with # EOF and a line feed').toEqual(['# EOF', '']);
  let family = '';
  for (const line of lines) {
    expect(line, 'no empty lines').not.toBe('');
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (meta !== null) {
      family = meta[2] ?? '';
      if (meta[1] === 'TYPE') types.set(family, meta[3] ?? '');
      continue;
    }
    const [, name = '', value = ''] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ??
      [];
    const suffix = { counter: /^_total$/, gauge: /^$/, histogram: /^_(bucket|sum|count)$/ }[
      types.get(family) ?? ''
    ];
    expect(name.slice(0, family.length), line).toBe(family);
    expect(name.slice(family.length), line).toMatch(suffix ?? /never/);
    expect(Number.isFinite(Number(value)), line).toBe(true);
  }
  return [...types.keys()];
}

describe('/metrics', () => {
  test('in Prometheus’ text: a parser takes it ten times in a row, with the same names, idle and under load', async () => {
    await using server = await startConsole({ token: TOKEN });
    const names: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const { text, type } = await scrape(server);
      expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(text).not.toContain('NaN');
      const families = parse(text) as { name: string; type: string; metrics: object[] }[];
      names.push(families.map(({ name }) => name).join());
      if (round === 0) load(server);
      else {
        const requests = families.find(({ name }) => name === 'resilient_http_requests_total');
        expect(requests?.metrics).toContainEqual({
          value: '4',
          labels: { http_route: '/users/:id', http_response_status_code: '503' },
        });
        expect(text).toContain('resilient_errors_total{error_type="a\\"b\\\\c"} 1');
      }
    }
    expect(new Set(names).size).toBe(1);
    for (const name of [
      'http_server_request_duration_seconds',
      'process_cpu_utilization_ratio',
      'process_memory_usage_bytes',
      'v8js_memory_heap_used_bytes',
      'nodejs_eventloop_delay_p99_seconds',
      'db_client_connection_count',
    ]) {
      expect(names[0]?.split(',')).toContain(name);
    }
  });

  test('the histogram is cumulative, and its sum and count are those of the requests', async () => {
    await using server = await startConsole({ token: TOKEN });
    load(server);
    const { text } = await scrape(server);
    const value = (line: string): number =>
      Number(
        seriesOf(text)
          .find((one) => one.startsWith(line))
          ?.split(' ')
          .at(-1),
      );
    const buckets = seriesOf(text)
      .filter(
        (line) => line.startsWith('http_server_request_duration_seconds_bucket') && line.includes('"200"'),
      )
      .map((line) => Number(line.split(' ').at(-1)));
    expect(buckets).toEqual(buckets.toSorted((left, right) => left - right));
    expect(buckets.at(-1)).toBe(36);
    expect(value('http_server_request_duration_seconds_count{http_response_status_code="200"}')).toBe(36);
    expect(value('http_server_request_duration_seconds_sum{http_response_status_code="200"}')).toBeCloseTo(
      0.72,
      5,
    );
  });

  test('in OpenMetrics: as its rules want it, ten times in a row', async () => {
    await using server = await startConsole({ token: TOKEN, openMetrics: true });
    load(server);
    const names: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const { text, type } = await scrape(server);
      expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
      names.push(checkOpenMetrics(text).join());
    }
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toContain('resilient_errors,');
  });

  test('one report is made for a scrape, not one for each family', async () => {
    await using server = await startConsole({ token: TOKEN });
    let reports = 0;
    const { getReport } = server.monitor;
    server.monitor.getReport = () => {
      reports += 1;
      return getReport();
    };
    for (let round = 1; round <= 3; round += 1) {
      await scrape(server);
      expect(reports).toBe(round);
    }
  });

  test('two packages may give their breakers and pools one name: one series each, the newest', async () => {
    await using server = await startConsole({ token: TOKEN });
    for (const of of ['http', 'db'] as const) {
      publish({ kind: 'breaker', name: 'pay', package: of, state: of === 'db' ? 'open' : 'closed' });
    }
    const series = seriesOf((await scrape(server)).text).filter((line) => line.includes('"pay"'));
    expect(series).toEqual(['resilient_breaker_open{breaker="pay"} 1']);
  });

  test('on the application’s own registry, beside its own', async () => {
    const registry = new Registry();
    new Counter({ name: 'sold_total', help: 'Sold', registers: [registry] }).inc(3);
    await using server = await startConsole({ token: TOKEN, registry });
    const { text } = await scrape(server);
    expect(text).toContain('sold_total 3');
    expect(text).toContain('resilient_health_status{status="healthy"}');
    expect(await registry.metrics()).toContain('process_uptime_seconds');
  });

  test('prom-client’s aggregator of several processes takes it', async () => {
    const jsons: object[] = [];
    for (const registry of [new Registry(), new Registry()]) {
      await using server = await startConsole({ token: TOKEN, registry });
      load(server);
      await scrape(server);
      jsons.push(await registry.getMetricsAsJSON());
    }
    const text = await AggregatorRegistry.aggregate(jsons as never).metrics();
    expect(text).toContain(
      'resilient_http_requests_total{http_route="/users/:id",http_response_status_code="503"} 8',
    );
    expect(text).toContain('http_server_request_duration_seconds_count{http_response_status_code="200"} 72');
  });

  test('at most 2,000 series after 10,000 URLs, statuses and types of errors', async () => {
    await using server = await startConsole({ token: TOKEN });
    for (let count = 0; count < 10_000; count += 1) {
      server.monitor.recordRequest({
        route: `/users/${count}`,
        status: 100 + (count % 500),
        durationMs: count,
      });
      server.monitor.recordError(Object.assign(new Error('x'), { name: `Invented${count}` }));
    }
    const { text } = await scrape(server);
    expect(seriesOf(text).length).toBeLessThanOrEqual(2_000);
    const total = seriesOf(text)
      .filter((line) => line.startsWith('resilient_errors_total'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total).toBe(10_000);
  });

  test('whoever may not see it gets the application’s 404', async () => {
    await using server = await startConsole({ token: TOKEN });
    const refused = await fetch(`${server.url}/metrics?token=${TOKEN}`);
    expect([refused.status, await refused.text()]).toEqual([404, 'the application’s 404']);
  });

  test('without prom-client: 404, one line in the log, and everything else works', async () => {
    const { statuses, warnings } = await withoutOptionalPackages();
    expect(statuses).toEqual([404, 404, 200, 200, 200]);
    expect(warnings).toEqual(['/metrics is not there: prom-client cannot be used']);
  });

  test.each([
    [{ registry: {} }, /`registry`/],
    [{ openMetrics: 1 }, /`openMetrics`/],
  ])('refuses %o', async (options, message) => {
    await expect(startConsole(options as object)).rejects.toThrow(message);
  });
});
