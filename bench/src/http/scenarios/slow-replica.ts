import { createRandom, type VirtualClock } from '@resilient/testing';
import { quantile, runLoad } from '../simulation/load.ts';
import type { Measure, Scenario } from './scenario.ts';

const PER_SECOND = 40;
const SECONDS = 120;
const USUAL_MS = 20;
const JITTER_MS = 10;

const LINES: readonly Measure[] = [
  { key: 'p99', name: 'p99 of a call, ms', digits: 0 },
  { key: 'p50', name: 'p50, ms', digits: 0 },
  { key: 'load', name: 'attempts per call', digits: 3 },
];

type Latency = (clock: VirtualClock, draw: () => number) => number;

function latencyScenario(name: string, measures: readonly Measure[], latency: Latency): Scenario {
  return {
    name,
    measures,
    async run(column) {
      const { sentAt, ends } = await runLoad(column, {
        seed: 9,
        seconds: SECONDS,
        attemptMs: 10_000,
        gapMs: () => 1_000 / PER_SECOND,
        serve(clock) {
          const draw = createRandom(13);
          return () => clock.sleep(latency(clock, draw));
        },
      });
      const ms = ends.map((end) => end.ms);
      return { p99: quantile(ms, 0.99), p50: quantile(ms, 0.5), load: sentAt.length / ends.length };
    },
  };
}

const usual = (draw: () => number): number => USUAL_MS + JITTER_MS * draw();

/** Two requests in a hundred meet a replica that takes a second. */
export const slowReplica: Scenario = latencyScenario(
  'one slow replica: 2 % of the requests take 1 s, the others 20 to 30 ms',
  LINES.map((line) => {
    if (line.key === 'p99') return { ...line, goal: { atMost: 80, of: 'ours, hedged' } };
    if (line.key === 'load') return { ...line, goal: { atMost: 1.1, of: 'ours, hedged' } };
    return line;
  }),
  (_, draw) => (draw() < 0.02 ? 1_000 : usual(draw)),
);

/** Everything is slow for a while: a second request helps nobody, and must not double the load. */
export const latencySpike: Scenario = latencyScenario(
  'a latency spike: all requests take 20 times as long for 20 of 120 s',
  LINES.map((line) => (line.key === 'load' ? { ...line, goal: { atMost: 1.1, of: 'ours, hedged' } } : line)),
  (clock, draw) => usual(draw) * (clock.now() >= 50_000 && clock.now() < 70_000 ? 20 : 1),
);
