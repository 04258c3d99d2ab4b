import {
  type Classifier,
  type Clock,
  checkDuration,
  checkKnown,
  checkOneOf,
  checkSignal,
  checkType,
  type Logger,
  loggerOf,
  maxRetriesOf,
  refuse,
  systemRandom,
} from '@resilient/core';
import type { EngineKind } from '../engine/engine.ts';
import { commitDefaults } from './defaults.ts';

/** Isolation levels of a unit of work. SQLite is always serializable. */
export type UnitIsolation = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** Options of `safeCommit` and `commit`. */
export interface CommitOptions {
  /** @defaultValue the server's, usually `'read committed'` */
  readonly isolation?: UnitIsolation;
  /** Opens the transaction for reading only. A lost answer to its COMMIT is then no danger, and it is run again. @defaultValue `false` */
  readonly readOnly?: boolean;
  /** Runs of the whole unit after the first: a whole number from 0. @defaultValue `3` */
  readonly maxRetries?: number;
  /**
   * Total time in milliseconds, above 0: waits for a connection or lock, every run of `work`, and the waits between. A
   * COMMIT that has been written may take `settleMs` beyond it.
   * @defaultValue `30_000`, or the enclosing deadline if that is earlier
   */
  readonly timeoutMs?: number;
  /** Time for one run of `work`, in milliseconds, above 0; the next one may be quicker. @defaultValue `Infinity` */
  readonly attemptTimeoutMs?: number;
  /**
   * Time, in milliseconds, above 0, in which a COMMIT that was written must be proven to have happened or not; the first
   * half of it belongs to its own connection. Then it is `OUTCOME_UNKNOWN`.
   * @defaultValue `10_000`
   */
  readonly settleMs?: number;
  /**
   * Whether the unit writes a row to `resilient_witness`, by which a lost COMMIT is settled even after the server has
   * crashed, or another one has taken its place, and on SQLite one that ended in an error of the disk.
   * @defaultValue `true` for a database opened with `witness: true`
   */
  readonly witness?: boolean;
  /** Gives up: waits end at once, `work`'s own signal is aborted, its later statements throw. */
  readonly signal?: AbortSignal;
  /** Codes to run again although the table says they are final, such as `['23505']` after a read that raced. @defaultValue none */
  readonly retryOn?: readonly string[];
  /** Judges the error that decides an attempt before the table does; `undefined` leaves it to the table. */
  readonly classify?: Classifier;
  /**
   * Whether the unit may be committed together with others that wait for the same SQLite file; what it promises stays the
   * same. Switch it off for a unit that must not run twice at a time: one that waits for something else than the database
   * is given up for the others and run again.
   * @defaultValue `true`
   */
  readonly groupCommit?: boolean;
  /**
   * What `safeCommit` inside a unit on the same database does: `'join'` makes it a part of that unit, which is committed
   * with it, `'forbid'` throws.
   * @defaultValue `'join'`
   */
  readonly nesting?: 'join' | 'forbid';
  /** What the unit is about, for messages, events and log lines. @defaultValue `'unit of work'` */
  readonly name?: string;
  /** @defaultValue the shared pino logger, at level `warn` */
  readonly logger?: Logger;
  /** @defaultValue the database's own, which is the system's */
  readonly clock?: Clock;
  /** From 0 to 1, 1 excluded: spreads the waits between runs. @defaultValue the system's */
  readonly random?: () => number;
}

/** The options with everything decided. */
export interface CommitSettings {
  readonly isolation: UnitIsolation | undefined;
  readonly readOnly: boolean;
  readonly maxRetries: number;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly settleMs: number;
  readonly witness: boolean;
  readonly signal: AbortSignal | undefined;
  readonly retryOn: ReadonlySet<string>;
  readonly classify: Classifier | undefined;
  readonly nesting: 'join' | 'forbid';
  readonly groupCommit: boolean;
  readonly name: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

const KNOWN: readonly (keyof CommitOptions)[] = [
  'isolation',
  'readOnly',
  'maxRetries',
  'timeoutMs',
  'attemptTimeoutMs',
  'settleMs',
  'witness',
  'signal',
  'retryOn',
  'classify',
  'nesting',
  'groupCommit',
  'name',
  'logger',
  'clock',
  'random',
];

const NESTINGS: readonly ('join' | 'forbid')[] = ['join', 'forbid'];

const LEVELS: readonly UnitIsolation[] = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
];

function checkCodes(codes: unknown): ReadonlySet<string> {
  if (!Array.isArray(codes) || !codes.every((code) => typeof code === 'string' && code !== '')) {
    throw refuse('retryOn', "an array of codes such as '23505'", codes);
  }
  return new Set<string>(codes);
}

/** What the settings take from the database. */
interface EngineFacts {
  readonly kind: EngineKind;
  readonly clock: Clock;
  readonly witness?: boolean;
}

/** The settings of calls without options, which are most of them. */
const plain = new WeakMap<EngineFacts, CommitSettings>();

/**
 * Checks the options of `safeCommit` and fills in the defaults.
 *
 * @throws TypeError | RangeError naming the option, what was expected and what came
 */
export function commitSettings(options: CommitOptions | undefined, engine: EngineFacts): CommitSettings {
  if (options !== undefined) return settingsOf(options, engine);
  let settings = plain.get(engine);
  if (!settings) {
    settings = settingsOf({}, engine);
    plain.set(engine, settings);
  }
  return settings;
}

function settingsOf(options: CommitOptions, engine: EngineFacts): CommitSettings {
  checkKnown('safeCommit', options, KNOWN);
  const { isolation, signal, classify, random, clock } = options;
  if (isolation !== undefined) checkOneOf('isolation', isolation, LEVELS);
  if (signal !== undefined) checkSignal('signal', signal);
  if (classify !== undefined) checkType('classify', classify, 'function');
  if (random !== undefined) checkType('random', random, 'function');
  if (clock !== undefined) checkType('clock', clock, 'object');
  return {
    isolation,
    readOnly: checkType('readOnly', options.readOnly ?? false, 'boolean'),
    maxRetries: maxRetriesOf(
      options.maxRetries === undefined ? {} : { maxRetries: options.maxRetries },
      commitDefaults.maxRetries,
    ),
    timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? commitDefaults.timeoutMs),
    attemptTimeoutMs: checkDuration('attemptTimeoutMs', options.attemptTimeoutMs ?? Number.POSITIVE_INFINITY),
    settleMs: checkDuration('settleMs', options.settleMs ?? commitDefaults.settleMs),
    witness: checkType('witness', options.witness ?? engine.witness ?? false, 'boolean'),
    signal,
    retryOn: checkCodes(options.retryOn ?? []),
    classify,
    nesting: checkOneOf('nesting', options.nesting ?? 'join', NESTINGS),
    groupCommit: checkType('groupCommit', options.groupCommit ?? true, 'boolean'),
    name: checkType('name', options.name ?? commitDefaults.name, 'string'),
    logger: loggerOf(options.logger),
    clock: clock ?? engine.clock,
    random: random ?? systemRandom,
  };
}
