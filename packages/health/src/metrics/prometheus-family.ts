import type { Attributes, FamilyDefinition, HistogramFamily, MetricFacts } from './family.ts';

/** One line of a family, as prom-client takes it. */
interface Line {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the family's own name, as in histograms. */
  readonly metricName?: string;
}

/** What OpenTelemetry's rules for Prometheus append for a unit; of those in braces nothing. */
const SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', 1: '_ratio' };

const underscored = (name: string): string => name.replaceAll('.', '_');

/** The name that OpenTelemetry's own exporters give a family in Prometheus. */
export function prometheusName({ name, unit, type }: FamilyDefinition): string {
  return `${underscored(name)}${SUFFIXES[unit] ?? ''}${type === 'counter' ? '_total' : ''}`;
}

const labelsOf = (attributes: Attributes): Line['labels'] =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [underscored(key), String(value)]));

/** The lines of a histogram: cumulative buckets, sum and count. */
function histogramLines({ bounds, read }: HistogramFamily, name: string, facts: MetricFacts): Line[] {
  return read(facts).flatMap(({ attributes, total }) => {
    const labels = labelsOf(attributes);
    const { buckets, sumS, count } = total;
    let below = 0;
    const lines = bounds.map((bound, place): Line => {
      below += buckets[place] ?? 0;
      return { value: below, labels: { ...labels, le: bound }, metricName: `${name}_bucket` };
    });
    return [
      ...lines,
      { value: count, labels: { ...labels, le: '+Inf' }, metricName: `${name}_bucket` },
      { value: sumS, labels, metricName: `${name}_sum` },
      { value: count, labels, metricName: `${name}_count` },
    ];
  });
}

/**
 * A family as a registry of prom-client asks for it: read when it is scraped, so that nothing is counted twice and
 * nothing runs in between. Its `name` may be changed by an OpenMetrics registry, which writes counters without
 * `_total`.
 */
export class PrometheusFamily {
  name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How prom-client's cluster aggregator puts those of several processes together. */
  readonly aggregator = 'sum';
  readonly #definition: FamilyDefinition;
  readonly #facts: () => MetricFacts;

  constructor(definition: FamilyDefinition, facts: () => MetricFacts) {
    this.name = prometheusName(definition);
    this.help = definition.help;
    this.type = definition.type === 'updowncounter' ? 'gauge' : definition.type;
    this.#definition = definition;
    this.#facts = facts;
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return {
      name,
      help,
      type,
      aggregator,
      values: this.#lines().filter(({ value }) => !Number.isNaN(value)),
    };
  }

  /** A registry that is reset forgets what it counted; this one counts nothing. */
  reset(): void {
    // what is read belongs to the monitor
  }

  #lines(): Line[] {
    const facts = this.#facts();
    const definition = this.#definition;
    if (definition.type === 'histogram') return histogramLines(definition, this.name, facts);
    return definition.read(facts).map(({ value, attributes }) => ({ value, labels: labelsOf(attributes) }));
  }
}
