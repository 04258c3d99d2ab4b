import { blackout } from './blackout.ts';
import { collapse } from './collapse.ts';
import { failureRates } from './failure-rates.ts';
import { rateLimits } from './rate-limit.ts';
import type { Scenario } from './scenario.ts';
import { latencySpike, slowReplica } from './slow-replica.ts';

/** What a resilience library is for, scenario by scenario. */
export const scenarios: readonly Scenario[] = [
  blackout,
  ...failureRates,
  collapse,
  ...rateLimits,
  slowReplica,
  latencySpike,
];
