import type { PrometheusFamily } from './prometheus-family.ts';

/** A registry of prom-client, as far as it is used. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

interface PromRegistry extends MetricsRegistry {
  registerMetric(family: PrometheusFamily): void;
  setContentType(type: string): void;
}

interface PromClient {
  readonly Registry: (new () => PromRegistry) & { readonly OPENMETRICS_CONTENT_TYPE: string };
}

/** The one door to prom-client, opened when the first scrape comes; rejects where it is not installed. */
async function promClient(): Promise<PromClient> {
  const loaded = (await import('prom-client')) as unknown as PromClient & { readonly default?: PromClient };
  return loaded.default ?? loaded;
}

/** Puts the families onto `registry`, or onto one of our own. */
export async function registryOf(
  families: readonly PrometheusFamily[],
  registry: MetricsRegistry | undefined,
  openMetrics: boolean,
): Promise<MetricsRegistry> {
  const { Registry } = await promClient();
  const target = (registry as PromRegistry | undefined) ?? new Registry();
  if (registry === undefined && openMetrics) target.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const family of families) target.registerMetric(family);
  return target;
}
