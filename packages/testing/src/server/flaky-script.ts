import { checkNumber } from '@resilient/core';
import { createRandom } from '../clock/random.ts';
import { outOfRange } from '../options/refusals.ts';
import type { FlakyRequest } from './flaky-request.ts';
import { type FlakyStep, type FlakyStepLike, toStep } from './flaky-step.ts';

/** A fault of {@link FlakyRates}: a status, or what happens to the connection. */
export type FlakyFault = `${number}` | 'hang' | 'garbage' | 'truncate' | 'close' | 'reset';

/** Faults drawn by chance: the same seed gives the same faults in the same order of requests. */
export interface FlakyRates {
  /**
   * An integer.
   * @defaultValue `1`
   */
  readonly seed?: number;
  /** Share of the requests for each fault, 0 to 1, together at most 1: `{ 503: 0.1, reset: 0.05 }`. */
  readonly rates: { readonly [fault in FlakyFault]?: number };
  /**
   * The answer to the rest.
   * @defaultValue `{}`, a 200
   */
  readonly otherwise?: FlakyStepLike;
}

/**
 * What a flaky server answers: steps in turn, of which the last repeats; a function of the request and its number
 * from 0; or seeded rates.
 */
export type FlakyScript =
  | FlakyStepLike
  | readonly FlakyStepLike[]
  | ((request: FlakyRequest, n: number) => FlakyStepLike | Promise<FlakyStepLike>)
  | FlakyRates;

/** A script ready to run. */
export interface CompiledScript {
  /** Chooses the step for a request. */
  readonly choose: (request: FlakyRequest) => FlakyStep | Promise<FlakyStep>;
  /** Whether it looks at the body, which has to be read first then. */
  readonly needsBody: boolean;
}

type Choose = (request: FlakyRequest) => FlakyStep;

const CONNECTION_FAULTS: Readonly<Record<string, FlakyStep>> = {
  hang: { hang: true },
  garbage: { garbage: true },
  truncate: { truncate: true, body: '{"half":"of this body never arrives"}' },
  close: { close: 'after' },
  reset: { reset: true },
};

const byRates = ({ seed = 1, rates, otherwise = {} }: FlakyRates): Choose => {
  const random = createRandom(seed);
  const rest = toStep(otherwise, 'otherwise');
  let sum = 0;
  const bounds = Object.entries(rates).map(([fault, rate]): [number, FlakyStep] => {
    sum += checkNumber(`rates.${fault}`, rate, { min: 0, max: 1 });
    return [sum, CONNECTION_FAULTS[fault] ?? toStep(Number(fault), `rates.${fault}`)];
  });
  if (sum > 1 + 1e-9) throw outOfRange('rates', 'at most 1 together', sum);
  return () => {
    const drawn = random();
    return bounds.find(([bound]) => drawn < bound)?.[1] ?? rest;
  };
};

const inTurn = (steps: readonly FlakyStepLike[]): Choose => {
  if (steps.length === 0) throw outOfRange('script', 'at least one step', steps);
  const all = steps.map((step, index) => toStep(step, `script[${index}]`));
  return ({ n }) => all[Math.min(n, all.length - 1)] as FlakyStep;
};

/**
 * Turns a script into the choice of steps.
 *
 * @throws TypeError or RangeError for a script that is none.
 */
export const compileScript = (script: FlakyScript): CompiledScript => {
  if (typeof script === 'function') {
    return { choose: async (request) => toStep(await script(request, request.n)), needsBody: true };
  }
  if (Array.isArray(script)) return { choose: inTurn(script), needsBody: false };
  const rated = typeof script === 'object' && script !== null && 'rates' in script;
  return { choose: rated ? byRates(script) : inTurn([script as FlakyStepLike]), needsBody: false };
};
