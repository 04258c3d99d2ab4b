import { classifyBug, type Outcome, type Verdict } from '@resilient/core';
import { DatabaseClosedError } from '../engine/database-closed-error.ts';
import type { Engine } from '../engine/engine.ts';
import { describeThrown, explainVerdict } from './explain.ts';
import type { Gate } from './gate.ts';
import type { CommitSettings } from './options.ts';
import { UnitFailure } from './unit-failure.ts';
import { UnitRuleError } from './unit-rule-error.ts';

/** Where in a unit an error came up. */
export type Phase = 'begin' | 'work' | 'commit';

/** What a code that no table knows means: the database has answered, and another attempt would get the same answer. */
const FINAL: Verdict = Object.freeze({ transient: false, kind: 'unknown', outcome: 'rejected' });

/** Another run would find it closed as well, which the plan knows. */
const CLOSED: Verdict = Object.freeze({ transient: true, kind: 'disconnect', outcome: 'rejected' });

const outcomeIn = (phase: Phase): Outcome => (phase === 'begin' ? 'not-sent' : 'rejected');

/** Says what an attempt's errors mean, by the caller's rules and then by the table. */
export class Judge {
  readonly #engine: Engine;
  readonly #settings: CommitSettings;

  constructor(engine: Engine, settings: CommitSettings) {
    this.#engine = engine;
    this.#settings = settings;
  }

  /** An error of the database: nothing of the unit is there, whatever the error itself leaves open. */
  database(error: unknown, phase: Phase): UnitFailure {
    if (error instanceof DatabaseClosedError) return new UnitFailure('closed', error, CLOSED, error.message);
    const outcome = outcomeIn(phase);
    const found = this.#ask(error) ?? this.#engine.verdictOf(error) ?? FINAL;
    const verdict = this.#adjust({ ...found, outcome }, phase, error);
    const words = error instanceof UnitRuleError ? error.message : explainVerdict(verdict);
    return new UnitFailure('database', error, verdict, words);
  }

  /** The first error that left the transaction unusable; that of a nested unit has been judged there. */
  doomOf(gate: Gate): UnitFailure {
    return gate.doomFailure ?? this.database(gate.doom, 'work');
  }

  /** What `work` threw: the error of a statement if one is behind it, else the caller's own failure. */
  thrown(error: unknown, gate: Pick<Gate, 'hasSeen'>): UnitFailure {
    const behind = seenBehind(error, gate);
    if (behind !== undefined) return this.database(behind, 'work');
    const asked = this.#ask(error);
    const kind = classifyBug(error, this.#settings.clock.epochNow()) ? 'bug' : 'unknown';
    const verdict: Verdict = { ...(asked ?? { transient: false, kind }), outcome: 'rejected' };
    const words = error instanceof UnitRuleError ? error.message : `work threw ${describeThrown(error)}`;
    return new UnitFailure('work', error, verdict, words);
  }

  /** A COMMIT whose end nobody could find out: never run again, unless it had nothing to commit. */
  unanswered(error: unknown, xid?: string): UnitFailure {
    if (this.#settings.readOnly) return this.database(error, 'commit');
    const found = this.#engine.verdictOf(error);
    const code = found?.code === undefined ? undefined : { code: found.code };
    const verdict: Verdict = { transient: true, kind: 'disconnect', outcome: 'unknown', ...code };
    const words = 'the connection was lost while COMMIT was under way: it may have been committed';
    return new UnitFailure('unknown', error, verdict, words, xid);
  }

  /** A limit of time has passed before COMMIT was written. */
  timeUp(error: unknown, phase: Phase): UnitFailure {
    const verdict: Verdict = { transient: true, kind: 'timeout', outcome: outcomeIn(phase) };
    return new UnitFailure('time', error, verdict, 'the time was up before it could be committed');
  }

  /** The limit of one attempt has passed before COMMIT was written: another one may be quicker. */
  attemptTimeUp(error: unknown): UnitFailure {
    const verdict: Verdict = { transient: true, kind: 'timeout', outcome: 'rejected' };
    return new UnitFailure('attempt', error, verdict, 'the time of the attempt was up');
  }

  /** The caller has given up before COMMIT was written. */
  aborted(reason: unknown): UnitFailure {
    const verdict: Verdict = { transient: false, kind: 'aborted', outcome: 'rejected' };
    return new UnitFailure('time', reason, verdict, 'the caller gave up');
  }

  #isToRetry(code: unknown): boolean {
    return typeof code === 'string' && this.#settings.retryOn.has(code);
  }

  #ask(error: unknown): Verdict | undefined {
    try {
      return this.#settings.classify?.(error, this.#settings.clock.epochNow());
    } catch {
      return undefined; // a classifier that throws does not know
    }
  }

  #adjust(verdict: Verdict, phase: Phase, error: unknown): Verdict {
    if (this.#isToRetry(verdict.code ?? codeOf(error))) return { ...verdict, transient: true };
    // a fail-over elsewhere, but a mistake of the caller's where it was asked for
    if (verdict.code === '25006' && this.#settings.readOnly)
      return { ...verdict, transient: false, kind: 'invalid' };
    // SQLite's lock at BEGIN has been waited for as long as it may be
    if (phase === 'begin' && verdict.kind === 'lock')
      return { ...verdict, transient: false, kind: 'timeout' };
    return verdict;
  }
}

/** The code of an error that no table knows; never shown. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
}

/** How deep causes are followed. */
const DEPTH = 10;

/** The error of a statement behind what `work` threw, in its chain of causes or the members of an AggregateError. */
function seenBehind(error: unknown, gate: Pick<Gate, 'hasSeen'>, depth = 0): unknown {
  if (depth > DEPTH || typeof error !== 'object' || error === null) return undefined;
  if (gate.hasSeen(error)) return error;
  try {
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    for (const next of [cause, ...(Array.isArray(errors) ? errors.slice(0, DEPTH) : [])]) {
      const found = seenBehind(next, gate, depth + 1);
      if (found !== undefined) return found;
    }
  } catch {
    // a getter that throws hides nothing of ours
  }
  return undefined;
}
