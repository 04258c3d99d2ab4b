import { checkType, type Logger, refuse } from '@resilient/core';
import { errorForLog } from '../errors/error-for-log.ts';
import type { FamilyDefinition } from './family.ts';
import { type MetricsRegistry, registryOf } from './prom-client.ts';

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
  definitions: () => readonly FamilyDefinition[],
  { registry, openMetrics = false }: MetricsOptions,
  logger: Logger,
): (request: Request) => Promise<Response | undefined> {
  checkType('openMetrics', openMetrics, 'boolean');
  if (registry !== undefined && typeof registry?.metrics !== 'function')
    throw refuse('registry', 'a Registry of prom-client', registry);
  let opening: Promise<MetricsRegistry | undefined> | undefined;
  const open = async (): Promise<MetricsRegistry | undefined> => {
    try {
      return await registryOf(definitions(), registry, openMetrics);
    } catch (error) {
      logger.warn({ err: errorForLog(error) }, '/metrics is not there: prom-client cannot be used');
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
