import type { DurationTotal, MonitorTotals } from '../monitor/totals.ts';
import type { HealthReport } from '../monitor/types.ts';

/** What tells one series of a family from another, in OpenTelemetry's names. */
export type Attributes = Readonly<Record<string, string | number>>;

/** One series of a family, as it is now. */
export interface Sample {
  readonly value: number;
  readonly attributes: Attributes;
}

/** One series of a histogram, since the start. */
export interface HistogramSample {
  readonly total: Readonly<DurationTotal>;
  readonly attributes: Attributes;
}

/** What families are read from: one report serves them all. */
export interface MetricFacts {
  readonly report: HealthReport;
  readonly totals: MonitorTotals;
}

interface Named {
  /** In OpenTelemetry's form, such as `process.memory.usage`. */
  readonly name: string;
  /** In UCUM, such as `By` or `{connection}`; empty for what has none. */
  readonly unit: string;
  readonly help: string;
}

/** A family whose series are numbers. */
export interface NumberFamily extends Named {
  /** `counter` only rises; `updowncounter` makes sense as a sum over instances, `gauge` does not. */
  readonly type: 'counter' | 'updowncounter' | 'gauge';
  readonly read: (facts: MetricFacts) => Sample[];
}

/** A family whose series are histograms. */
export interface HistogramFamily extends Named {
  readonly type: 'histogram';
  /** Upper bounds of the buckets, in the unit of the family. */
  readonly bounds: readonly number[];
  readonly read: (facts: MetricFacts) => HistogramSample[];
}

/** What a family is, whichever system it is told to. */
export type FamilyDefinition = NumberFamily | HistogramFamily;
