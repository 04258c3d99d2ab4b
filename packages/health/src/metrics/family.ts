/** One line of a family. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the family's own name, as in histograms. */
  readonly metricName?: string;
}

/** What a family is. */
export interface FamilyDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly read: () => Sample[];
}

/**
 * A family of samples as a registry of prom-client asks for it: read when it is scraped, so that nothing is counted
 * twice and nothing runs in between. Its `name` may be changed by an OpenMetrics registry, which writes counters
 * without `_total`.
 */
export class Family {
  name: string;
  readonly help: string;
  readonly type: FamilyDefinition['type'];
  /** How prom-client's cluster aggregator puts those of several processes together. */
  readonly aggregator = 'sum';
  readonly #read: () => Sample[];

  constructor({ name, help, type, read }: FamilyDefinition) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#read = read;
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#read().filter(({ value }) => !Number.isNaN(value)) };
  }

  /** A registry that is reset forgets what it counted; this one counts nothing. */
  reset(): void {
    // what is read belongs to the monitor
  }
}
