import { expect, test } from 'vitest';
import { createHistoryChecker, type HistoryCheckerOptions } from './create-history-checker.ts';
import type { HistoryEntry, HistoryOutcome, HistoryStep } from './history-types.ts';

const kinds = (entries: HistoryEntry[], end: object, options: HistoryCheckerOptions = {}): string[] => {
  const history = createHistoryChecker(options);
  for (const entry of entries) history.record(entry);
  return history.check(end).anomalies.map(({ kind }) => kind);
};
const unit = (
  id: string,
  steps: HistoryStep[] = [],
  outcome: HistoryOutcome = 'acknowledged',
): HistoryEntry => ({
  id,
  outcome,
  steps,
});
const append = (list: string, value: number): HistoryStep => ({ append: list, value });
const read = (list: string, ...values: number[]): HistoryStep => ({ read: list, values });

test('a history in which nothing is wrong is ok', () => {
  const history = createHistoryChecker({ total: 10 });
  history.record(unit('a', [read('x'), append('x', 1)]));
  history.record(unit('b', [read('x', 1), append('x', 2)]));
  history.record(unit('c', [append('x', 3)], 'refused'));
  history.record(unit('d', [append('x', 4)], 'unknown'));
  const report = history.check({ present: ['a', 'b', 'd'], lists: { x: [1, 2, 4] }, balances: [4, 6] });
  expect(report).toEqual({ ok: true, anomalies: [], counts: { acknowledged: 2, refused: 1, unknown: 1 } });
});

test('presence: lost, phantom, duplicate and stranger', () => {
  const entries = [
    unit('lost'),
    unit('phantom', [], 'refused'),
    unit('twice'),
    unit('unsure', [], 'unknown'),
  ];
  const present = ['phantom', 'twice', 'twice', 'who'];
  expect(kinds(entries, { present })).toEqual(['phantom', 'duplicate', 'stranger', 'lost']);
});

test('bank: a sum that changed', () => {
  expect(kinds([], { balances: [1, 2] }, { total: 4 })).toEqual(['sum']);
  expect(kinds([], { balances: [1, 2] })).toEqual([]);
});

test('list-append: lost, refused, double and unknown values', () => {
  const entries = [
    unit('a', [append('x', 1)]),
    unit('b', [append('x', 2)], 'refused'),
    unit('c', [append('x', 3)]),
  ];
  expect(kinds(entries, { lists: { x: [2, 3, 3, 9] } })).toEqual([
    'phantom',
    'duplicate',
    'stranger',
    'lost',
  ]);
});

test('list-append: a read of what was refused, and one that is no beginning of its list', () => {
  const entries = [
    unit('a', [append('x', 1)]),
    unit('b', [append('x', 2)], 'refused'),
    unit('c', [read('x', 1, 2)]),
    unit('d', [read('x', 1, 2)], 'refused'),
  ];
  expect(kinds(entries, { lists: { x: [1] } })).toEqual(['aborted-read', 'order']);
});

test('list-append: write skew is a cycle where units are serializable, and none at read committed', () => {
  const skew = [unit('a', [read('y'), append('x', 1)]), unit('b', [read('x'), append('y', 2)])];
  const end = { lists: { x: [1], y: [2] } };
  expect(kinds(skew, end)).toEqual(['cycle']);
  expect(kinds(skew, end, { isolation: 'read committed' })).toEqual([]);
});

test('list-append: information that flows in a circle is a cycle at every level', () => {
  const circle = [unit('a', [read('y', 2), append('x', 1)]), unit('b', [read('x', 1), append('y', 2)])];
  expect(kinds(circle, { lists: { x: [1], y: [2] } }, { isolation: 'read committed' })).toEqual(['cycle']);
});

test('a long chain is no cycle, and needs no deep stack', () => {
  const values = Array.from({ length: 20_000 }, (_, n) => n);
  const entries = values.map((n) => unit(`u${n}`, [append('x', n)]));
  expect(kinds(entries, { lists: { x: values } })).toEqual([]);
});

test('bad input is refused', () => {
  expect(() => createHistoryChecker({ isolation: 'none' as never })).toThrow(
    'expected `isolation` to be one of',
  );
  expect(() => createHistoryChecker({ totals: 1 } as never)).toThrow('unknown option `totals`');
  expect(() => createHistoryChecker({ total: 'x' as never })).toThrow('expected `total` to be a number');
  const history = createHistoryChecker();
  expect(() => history.record({ id: '', outcome: 'refused' })).toThrow('expected `id`');
  expect(() => history.record({ id: 'a', outcome: 'maybe' as never })).toThrow('expected `outcome`');
  history.record(unit('a'));
  expect(() => history.record(unit('a'))).toThrow('the unit a has been recorded already');
});
