import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { publish } from '@resilient/core';
import { createHealthMonitor, type HealthMonitor } from '@resilient/health';
import { type OpenTelemetryBridge, openTelemetryBridge } from '@resilient/health/opentelemetry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from './support/memory-logger.ts';

/** A reader that collects when it is asked to. */
class AskedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

let logger: MemoryLogger;
let monitor: HealthMonitor;
let reader: AskedReader;
let provider: MeterProvider;
let bridge: OpenTelemetryBridge | undefined;

const readerOf = (temporality: AggregationTemporality): AskedReader =>
  new AskedReader({ aggregationTemporalitySelector: () => temporality });

beforeEach(() => {
  logger = memoryLogger();
  monitor = createHealthMonitor({ logger, checks: [] });
  reader = readerOf(AggregationTemporality.CUMULATIVE);
  provider = new MeterProvider({ readers: [reader] });
});

afterEach(async () => {
  bridge?.close();
  bridge = undefined;
  metrics.disable();
  await provider.shutdown();
  await monitor.close();
});

const start = (on = provider): OpenTelemetryBridge => {
  bridge = openTelemetryBridge(monitor, { meter: on.getMeter('test') });
  return bridge;
};

async function collected(of = reader): Promise<MetricData[]> {
  const { resourceMetrics, errors } = await of.collect();
  expect(errors).toEqual([]);
  return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
}

const named = (data: readonly MetricData[], name: string): MetricData => {
  const found = data.find(({ descriptor }) => descriptor.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
};

const pointsOf = (data: readonly MetricData[], name: string): (readonly [object, unknown])[] =>
  named(data, name).dataPoints.map(({ attributes, value }) => [attributes, value] as const);

const numbersOf = (data: readonly MetricData[]): number[] =>
  data.flatMap(({ dataPoints }) =>
    dataPoints.flatMap(({ value }) =>
      typeof value === 'number' ? [value] : Object.values(value).filter((part) => typeof part === 'number'),
    ),
  );

const load = (): void => {
  for (let count = 0; count < 40; count += 1) {
    monitor.recordRequest({ route: '/users/:id', status: count % 10 === 0 ? 503 : 200, durationMs: count });
  }
  monitor.recordError(Object.assign(new Error('x'), { name: 'PaymentError' }));
};

describe('what OpenTelemetry is told', () => {
  test('names, units and kinds of the semantic conventions', async () => {
    start();
    load();
    publish({
      kind: 'pool',
      name: 'main',
      package: 'db',
      state: 'exhausted',
      inUse: 3,
      limit: 15,
      waiting: 1,
    });
    const data = await collected();
    const told = data.map(({ descriptor, dataPointType, ...rest }) => [
      descriptor.name,
      descriptor.unit,
      dataPointType === DataPointType.SUM
        ? (rest as { isMonotonic?: boolean }).isMonotonic === true
          ? 'counter'
          : 'updowncounter'
        : DataPointType[dataPointType],
    ]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['http.server.request.duration', 's', 'HISTOGRAM'],
        ['db.client.connection.count', '{connection}', 'updowncounter'],
        ['db.client.connection.max', '{connection}', 'updowncounter'],
        ['db.client.connection.pending_requests', '{request}', 'updowncounter'],
        ['process.uptime', 's', 'GAUGE'],
        ['process.memory.usage', 'By', 'updowncounter'],
        ['process.cpu.utilization', '1', 'GAUGE'],
        ['v8js.memory.heap.used', 'By', 'updowncounter'],
        ['nodejs.eventloop.utilization', '1', 'GAUGE'],
        ['nodejs.eventloop.delay.p99', 's', 'GAUGE'],
        ['resilient.http.requests', '{request}', 'counter'],
        ['resilient.errors', '{error}', 'counter'],
        ['resilient.health.status', '', 'GAUGE'],
      ]),
    );
    for (const { descriptor } of data) expect(descriptor.description).toMatch(/^[A-Z]/);
  });

  test('values are those of the report', async () => {
    start();
    load();
    const report = monitor.getReport();
    monitor.getReport = () => report;
    const data = await collected();
    const duration = named(data, 'http.server.request.duration').dataPoints.map(({ attributes, value }) => ({
      attributes,
      ...(value as { count: number; sum: number; buckets: { boundaries: number[] } }),
    }));
    expect(duration).toHaveLength(2);
    const failed = duration.find(({ attributes }) => attributes['error.type'] === '503');
    expect(failed).toMatchObject({
      count: 4,
      attributes: { 'http.response.status_code': 503, 'error.type': '503' },
      buckets: { boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
    });
    expect(failed?.sum).toBeCloseTo(0.06, 9);
    expect(duration.find(({ attributes }) => attributes['http.response.status_code'] === 200)).toMatchObject({
      count: 36,
      attributes: { 'http.response.status_code': 200 },
    });
    expect(pointsOf(data, 'resilient.http.requests')).toContainEqual([
      { 'http.route': '/users/:id', 'http.response.status_code': 503 },
      4,
    ]);
    expect(pointsOf(data, 'resilient.errors')).toEqual([[{ 'error.type': 'PaymentError' }, 1]]);
    expect(pointsOf(data, 'resilient.health.status')).toEqual([
      [{ status: 'healthy' }, report.status === 'healthy' ? 1 : 0],
      [{ status: 'degraded' }, report.status === 'degraded' ? 1 : 0],
      [{ status: 'critical' }, report.status === 'critical' ? 1 : 0],
    ]);
    const { resources, uptimeMs } = report;
    expect(pointsOf(data, 'process.memory.usage')).toEqual([[{}, resources.rssBytes]]);
    expect(pointsOf(data, 'v8js.memory.heap.used')).toEqual([[{}, resources.heapUsedBytes]]);
    expect(pointsOf(data, 'process.cpu.utilization')).toEqual([[{}, resources.cpuShare]]);
    expect(pointsOf(data, 'nodejs.eventloop.delay.p99')).toEqual([[{}, resources.eventLoopDelayMs / 1_000]]);
    expect(pointsOf(data, 'process.uptime')).toEqual([[{}, uptimeMs / 1_000]]);
  });

  test('ten collections in a row have the same names, and an idle process no NaN', async () => {
    start();
    const names: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const data = await collected();
      names.push(data.map(({ descriptor }) => descriptor.name).join());
      expect(numbersOf(data).filter((value) => !Number.isFinite(value))).toEqual([]);
    }
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toContain('process.memory.usage');
  });

  test('one report is made for a collection', async () => {
    start();
    let reports = 0;
    const { getReport } = monitor;
    monitor.getReport = () => {
      reports += 1;
      return getReport();
    };
    for (let round = 1; round <= 3; round += 1) {
      await collected();
      expect(reports).toBe(round);
    }
  });

  test('at most 2,000 series after 10,000 URLs, statuses and types of errors, and nothing is lost', async () => {
    start();
    for (let count = 0; count < 10_000; count += 1) {
      monitor.recordRequest({ route: `/users/${count}`, status: 100 + (count % 500), durationMs: count });
      monitor.recordError({ name: `Invented${count}`, message: 'x' }); // as an error, less the time of its stack
    }
    const data = await collected();
    expect(data.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0)).toBeLessThanOrEqual(2_000);
    const sumOf = (name: string): number =>
      pointsOf(data, name).reduce(
        (sum, [, value]) => sum + (typeof value === 'number' ? value : (value as { count: number }).count),
        0,
      );
    expect(sumOf('resilient.errors')).toBe(10_000);
    expect(sumOf('resilient.http.requests')).toBe(10_000);
    expect(sumOf('http.server.request.duration')).toBe(10_000);
    expect(JSON.stringify(data.map(({ dataPoints }) => dataPoints))).not.toContain('otel.metric.overflow');
  });

  test('goes to the global MeterProvider where no meter is named, under our own name', async () => {
    metrics.setGlobalMeterProvider(provider);
    bridge = openTelemetryBridge(monitor);
    const { resourceMetrics } = await reader.collect();
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['@resilient/health']);
    expect(logger.of('warn')).toEqual([]);
  });

  test('says so where there is no MeterProvider', () => {
    bridge = openTelemetryBridge(monitor);
    expect(logger.of('warn').map(({ message }) => message)).toEqual([
      expect.stringContaining('no MeterProvider'),
    ]);
  });

  test('a report that cannot be made fails nothing, and is told once', async () => {
    start();
    monitor.getReport = () => {
      throw new Error('broken');
    };
    await collected();
    await collected();
    expect(logger.of('warn').map(({ message }) => message)).toEqual(['OpenTelemetry could not be told']);
  });
});

describe('close', () => {
  test('takes everything away: nothing is observed any more, and no report is made', async () => {
    const delta = readerOf(AggregationTemporality.DELTA);
    await using other = Object.assign(new MeterProvider({ readers: [delta] }), {
      async [Symbol.asyncDispose](): Promise<void> {
        await other.shutdown();
      },
    });
    const first = start(other);
    load();
    expect((await collected(delta)).length).toBeGreaterThan(10);
    first.close();
    first.close();
    monitor.getReport = () => {
      throw new Error('asked after close');
    };
    load();
    expect(await collected(delta)).toEqual([]);
    expect(logger.of('warn')).toEqual([]);
  });

  test('comes with `using`, and a second bridge starts afresh', async () => {
    {
      using scoped = openTelemetryBridge(monitor, { meter: provider.getMeter('first') });
      expect(scoped.close).toBeTypeOf('function');
    }
    start();
    load();
    const duration = named(await collected(), 'http.server.request.duration');
    expect(duration.dataPoints.map(({ value }) => (value as { count: number }).count).sort()).toEqual([
      36, 4,
    ]);
  });
});

test.each([
  [{ meter: {} }, /`meter`/],
  [{ meters: [] }, /`meters`/],
])('refuses %o', (options, message) => {
  expect(() => openTelemetryBridge(monitor, options as object)).toThrow(message);
});

test('refuses what is no monitor', () => {
  expect(() => openTelemetryBridge({} as never)).toThrow(/`monitor`/);
});
