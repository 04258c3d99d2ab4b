import { checkKnown, checkNumber, checkOneOf } from '@resilient/core';
import { checkText } from '../options/refusals.ts';
import type {
  HistoryAnomaly,
  HistoryEnd,
  HistoryEntry,
  HistoryOutcome,
  HistoryReport,
} from './history-types.ts';
import { checkLists, type HistoryIsolation } from './list-append.ts';

/** Options of {@link createHistoryChecker}. */
export interface HistoryCheckerOptions {
  /**
   * What the units were promised: decides which cycles of list-append are anomalies.
   * @defaultValue `'serializable'`
   */
  readonly isolation?: HistoryIsolation;
  /**
   * Bank: what all balances come to, however much is moved.
   * @defaultValue not checked
   */
  readonly total?: number;
}

/** Collects how units ended, and compares it with what is there; see {@link createHistoryChecker}. */
export interface HistoryChecker {
  /** Notes how a unit ended. @throws Error if the id is known already */
  record(entry: HistoryEntry): void;
  /** Compares with the end. May be called again, after more units. */
  check(end: HistoryEnd): HistoryReport;
}

const OUTCOMES: readonly HistoryOutcome[] = ['acknowledged', 'refused', 'unknown'];

function* presence(
  entries: ReadonlyMap<string, HistoryEntry>,
  present: readonly string[],
): Generator<HistoryAnomaly> {
  const there = new Set<string>();
  for (const id of present) {
    const entry = entries.get(id);
    if (there.has(id)) yield { kind: 'duplicate', detail: `${id} is there twice` };
    if (!entry) yield { kind: 'stranger', detail: `${id} is nobody's` };
    if (entry?.outcome === 'refused') yield { kind: 'phantom', detail: `${id} was refused` };
    there.add(id);
  }
  for (const { id, outcome } of entries.values())
    if (outcome === 'acknowledged' && !there.has(id))
      yield { kind: 'lost', detail: `${id} was acknowledged` };
}

/**
 * Makes a checker of histories: what was acknowledged is there, what was refused is not, nothing is there twice; money
 * is neither made nor lost; lists that are only appended to show lost, aborted and circular reads.
 *
 * @throws TypeError or RangeError for a wrong option
 *
 * @example
 * ```ts
 * import { createHistoryChecker } from '@resilient/testing';
 *
 * const history = createHistoryChecker({ total: 100 });
 * history.record({ id: 'transfer-1', outcome: 'acknowledged' });
 * history.record({ id: 'transfer-2', outcome: 'refused' });
 * const report = history.check({ present: ['transfer-1', 'transfer-2'], balances: [60, 40] });
 * console.log(report.anomalies.map(({ kind }) => kind)); // [ 'phantom' ]
 * ```
 */
export const createHistoryChecker = (options: HistoryCheckerOptions = {}): HistoryChecker => {
  checkKnown('createHistoryChecker', options, ['isolation', 'total']);
  const isolation = checkOneOf('isolation', options.isolation ?? 'serializable', [
    'read committed',
    'serializable',
  ]);
  const { total } = options;
  if (total !== undefined) checkNumber('total', total, { min: Number.NEGATIVE_INFINITY });
  const entries = new Map<string, HistoryEntry>();
  const counts = { acknowledged: 0, refused: 0, unknown: 0 };
  return {
    record(entry) {
      checkText('id', entry.id);
      checkOneOf('outcome', entry.outcome, OUTCOMES);
      if (entries.has(entry.id)) throw new Error(`the unit ${entry.id} has been recorded already`);
      entries.set(entry.id, entry);
      counts[entry.outcome] += 1;
    },
    check({ present, lists, balances }) {
      const anomalies: HistoryAnomaly[] = [];
      if (present) anomalies.push(...presence(entries, present));
      if (lists) anomalies.push(...checkLists([...entries.values()], lists, isolation));
      const sum = balances?.reduce((all, one) => all + one, 0);
      if (sum !== undefined && total !== undefined && sum !== total)
        anomalies.push({ kind: 'sum', detail: `${sum} instead of ${total}` });
      return { ok: anomalies.length === 0, anomalies, counts: { ...counts } };
    },
  };
};
