import { FAMILIES } from '../metrics/families.ts';
import type { MetricFacts, NumberFamily } from '../metrics/family.ts';
import { REQUEST_DURATION } from '../metrics/request-duration.ts';
import type { BatchObservableResult, Histogram, Meter, Observable } from './opentelemetry.ts';

/** A family of numbers with the instrument that observes it. */
interface Observed {
  readonly family: NumberFamily;
  readonly instrument: Observable;
}

/** The instruments of a bridge. */
export interface Instruments {
  readonly durations: Histogram;
  readonly observables: Observable[];
  /** Observes everything as it is in `facts`; what is no finite number is left out. */
  observe(result: BatchObservableResult, facts: MetricFacts): void;
}

function observableOf(meter: Meter, { name, unit, help, type }: NumberFamily): Observable {
  const options = { description: help, ...(unit === '' ? {} : { unit }) };
  switch (type) {
    case 'counter':
      return meter.createObservableCounter(name, options);
    case 'updowncounter':
      return meter.createObservableUpDownCounter(name, options);
    case 'gauge':
      return meter.createObservableGauge(name, options);
  }
}

/** Makes an instrument for each family on `meter`. */
export function instrumentsOn(meter: Meter): Instruments {
  const { name, unit, help, bounds } = REQUEST_DURATION;
  const observed: Observed[] = FAMILIES.flatMap((family) =>
    family.type === 'histogram' ? [] : [{ family, instrument: observableOf(meter, family) }],
  );
  return {
    durations: meter.createHistogram(name, {
      unit,
      description: help,
      advice: { explicitBucketBoundaries: [...bounds] },
    }),
    observables: observed.map(({ instrument }) => instrument),
    observe(result, facts) {
      for (const { family, instrument } of observed) {
        for (const { value, attributes } of family.read(facts)) {
          if (Number.isFinite(value)) result.observe(instrument, value, attributes);
        }
      }
    },
  };
}
