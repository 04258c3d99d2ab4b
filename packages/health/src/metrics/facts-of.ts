import type { HealthMonitor } from '../monitor/types.ts';
import type { MetricFacts } from './family.ts';

/**
 * Answers what families are read from, with one report for everything that is asked in the same turn: a registry asks
 * all of its families in one go, and a report takes as long as everything else of a scrape.
 */
export function factsOf(monitor: HealthMonitor): () => MetricFacts {
  let facts: MetricFacts | undefined;
  return () => {
    if (facts === undefined) {
      facts = { report: monitor.getReport(), totals: monitor.totals };
      queueMicrotask(() => {
        facts = undefined;
      });
    }
    return facts;
  };
}
