import type { Column } from '../columns/column.ts';
import { inBorrowedTime } from '../simulation/borrowed-time.ts';
import { type LimitedServerOptions, limitedServer } from '../simulation/limited-server.ts';
import { mean } from '../simulation/load.ts';
import type { Scenario } from './scenario.ts';

const CALLERS = 100;
/** A caller whose call has failed comes again after so long. */
const REST_MS = 100;

type Server = Omit<LimitedServerOptions, 'clock'> & { readonly seconds: number };

/** 100 callers, each with one call after another. */
function callersAgainst(column: Column, { seconds, ...options }: Server) {
  return inBorrowedTime(3, async (clock) => {
    const server = limitedServer({ clock, ...options });
    const guard = column.open({ clock, attemptMs: 30_000 });
    const served = new Array<number>(CALLERS).fill(0);
    let failed = 0;
    const until = seconds * 1_000;
    let atEnd: typeof server.done | undefined;
    const callers = served.map(async (_, caller) => {
      while (clock.now() < until) {
        try {
          await guard.call(server.request);
          (served[caller] as number) += 1;
        } catch {
          failed += 1;
          await clock.sleep(REST_MS);
        }
      }
      atEnd ??= { ...server.done };
    });
    await Promise.all(callers);
    guard.close();
    const { accepted, refused, allowed } = atEnd ?? server.done;
    return {
      goodput: accepted / allowed,
      refusals: refused / accepted,
      failed,
      spread: (Math.max(...served) - Math.min(...served)) / mean(served),
    };
  });
}

function rateLimit(what: string, leastGoodput: number, server: Server): Scenario {
  return {
    name: `a rate limit of ${what}, ${CALLERS} callers`,
    measures: [
      { key: 'goodput', name: 'share of the limit that is used', digits: 3, goal: { atLeast: leastGoodput } },
      { key: 'refusals', name: 'refusals per request served', digits: 3, goal: { atMost: 0.1 } },
      { key: 'failed', name: 'calls that fail', digits: 0, goal: { atMost: 0 } },
      { key: 'spread', name: 'spread between callers', digits: 3, goal: { atMost: 0.1 } },
    ],
    run: (column) => callersAgainst(column, server),
  };
}

const STEADY = [[0, 50]] as const;
const MOVING = [
  [0, 50],
  [30, 20],
  [60, 200],
] as const;

/** Servers that accept so much and no more. */
export const rateLimits: readonly Scenario[] = [
  rateLimit('50 a second, `retry-after-ms`', 0.97, {
    limits: STEADY,
    seconds: 60,
    counts: 'whole seconds',
    hint: 'retry-after-ms',
  }),
  rateLimit('50 a second, `retry-after` in whole seconds', 0.95, {
    limits: STEADY,
    seconds: 60,
    counts: 'whole seconds',
    hint: 'retry-after',
  }),
  rateLimit('50, then 20, then 200 a second, `retry-after-ms`', 0.97, {
    limits: MOVING,
    seconds: 90,
    counts: 'whole seconds',
    hint: 'retry-after-ms',
  }),
  rateLimit('50, then 20, then 200 a second, `retry-after` in whole seconds', 0.95, {
    limits: MOVING,
    seconds: 90,
    counts: 'whole seconds',
    hint: 'retry-after',
  }),
  rateLimit('50 a second by token bucket, `retry-after-ms`', 0.97, {
    limits: STEADY,
    seconds: 60,
    counts: 'a token bucket',
    hint: 'retry-after-ms',
  }),
];
