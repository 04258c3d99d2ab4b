import { checkKnown, checkNumber, checkOneOf } from '@resilient/core';
import { type ByteMatcher, type BytePattern, compilePattern } from './byte-pattern.ts';

/** Which way bytes go through the proxy. */
export type ProxyDirection = 'to-upstream' | 'to-client';

/** When a rule cuts, seen from its match. */
export type CutMoment = 'before' | 'after' | 'answer';

/** Options of {@link TcpProxyFaults.cutAfter}. */
export interface CutAfterOptions {
  /**
   * Which bytes are looked at: the client's requests or the server's answers.
   * @defaultValue `'to-upstream'`
   */
  readonly direction?: ProxyDirection;
  /**
   * `'after'`: the match arrives, with what was sent together with it (a message has an end; `{ bytes }` is exact).
   * `'answer'`: all passes until the other side begins to answer the match, and that answer is lost. `'before'`: the
   * match never arrives in full.
   * @defaultValue `'after'`
   */
  readonly when?: CutMoment;
  /**
   * How many connections it cuts in all, `Infinity` for each that matches.
   * @defaultValue `1`
   */
  readonly times?: number;
}

/** A cut that waits for its pattern. */
export interface CutRule {
  /** How many connections it has cut. */
  readonly fired: number;
  /** Resolves when it cuts for the first time. */
  readonly firstCut: Promise<void>;
  /** Takes the rule away. */
  cancel(): void;
}

/** A rule as the connections see it. */
export interface LiveCutRule extends CutRule {
  readonly direction: ProxyDirection;
  readonly when: CutMoment;
  /** Whether it may cut (once more). */
  readonly armed: boolean;
  newMatcher(): ByteMatcher;
  /** Takes one of the cuts that are left. */
  claim(): void;
  /** The cut was made. */
  fire(): void;
}

/**
 * Checks the options and arms the rule.
 *
 * @throws TypeError or RangeError naming the option.
 */
export const createCutRule = (pattern: BytePattern, options: CutAfterOptions = {}): LiveCutRule => {
  checkKnown('cutAfter', options, ['direction', 'when', 'times']);
  const direction = checkOneOf('direction', options.direction ?? 'to-upstream', ['to-upstream', 'to-client']);
  const when = checkOneOf('when', options.when ?? 'after', ['before', 'after', 'answer']);
  let left = options.times ?? 1;
  if (left !== Infinity) checkNumber('times', left, { min: 1, integer: true });
  const { promise: firstCut, resolve } = Promise.withResolvers<void>();
  let fired = 0;
  return {
    direction,
    when,
    firstCut,
    newMatcher: compilePattern(pattern),
    get fired() {
      return fired;
    },
    get armed() {
      return left > 0;
    },
    claim() {
      left--;
    },
    fire() {
      fired++;
      resolve();
    },
    cancel() {
      left = 0;
    },
  };
};
