import { checkType, refuse } from '@resilient/core';
import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { factsOf } from './facts-of.ts';
import { FAMILIES } from './families.ts';
import { type MetricsRegistry, registryOf } from './prom-client.ts';
import { PrometheusFamily } from './prometheus-family.ts';

/** How metrics are told. */
export interface MetricsOptions {
  /**
   * A registry of prom-client to put them on, beside the application's own; it decides the format.
   * @defaultValue one of our own
   */
  readonly registry?: MetricsRegistry;
  /** OpenMetrics in place of Prometheus' text, on a registry of our own. @defaultValue `false` */
  readonly openMetrics?: boolean;
}

/** Makes what answers a scrape: `undefined` where prom-client is not installed, which the log says once. */
export function metricsPage(
  monitor: HealthMonitor,
  { registry, openMetrics = false }: MetricsOptions,
): (request: Request) => Promise<Response | undefined> {
  checkType('openMetrics', openMetrics, 'boolean');
  if (registry !== undefined && typeof registry?.metrics !== 'function')
    throw refuse('registry', 'a Registry of prom-client', registry);
  let opening: Promise<MetricsRegistry | undefined> | undefined;
  const open = async (): Promise<MetricsRegistry | undefined> => {
    const facts = factsOf(monitor);
    const families = FAMILIES.map((definition) => new PrometheusFamily(definition, facts));
    try {
      return await registryOf(families, registry, openMetrics);
    } catch (error) {
      monitor.logger.warn({ err: errorForLog(error) }, '/metrics is not there: prom-client cannot be used');
      return undefined;
    }
  };
  return async function answerMetrics(request) {
    opening ??= open();
    const opened = await opening;
    if (opened === undefined) return undefined;
    const body = await opened.metrics();
    return new Response(request.method === 'HEAD' ? null : body, {
      headers: { 'content-type': opened.contentType, 'cache-control': 'no-store' },
    });
  };
}
