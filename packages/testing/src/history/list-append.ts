import { findCycles } from './cycles.ts';
import type { HistoryAnomaly, HistoryEntry } from './history-types.ts';

/** Which dependencies must not form a cycle: at `read committed` what was overwritten after a read may. */
export type HistoryIsolation = 'read committed' | 'serializable';

type Lists = Readonly<Record<string, readonly number[]>>;

const nameOf = (list: string, value: number): string => `${list}:${value}`;

/** Who has written each value. */
function writersOf(entries: readonly HistoryEntry[]): Map<string, HistoryEntry> {
  const writers = new Map<string, HistoryEntry>();
  for (const entry of entries)
    for (const step of entry.steps ?? [])
      if ('append' in step) writers.set(nameOf(step.append, step.value), entry);
  return writers;
}

function* valueAnomalies(
  entries: readonly HistoryEntry[],
  lists: Lists,
  writers: ReadonlyMap<string, HistoryEntry>,
): Generator<HistoryAnomaly> {
  const there = new Set<string>();
  for (const [list, values] of Object.entries(lists)) {
    for (const value of values) {
      const name = nameOf(list, value);
      const writer = writers.get(name);
      if (there.has(name)) yield { kind: 'duplicate', detail: `${name} is there twice` };
      if (!writer) yield { kind: 'stranger', detail: `${name} was appended by nobody` };
      if (writer?.outcome === 'refused')
        yield { kind: 'phantom', detail: `${name} of ${writer.id}, refused` };
      there.add(name);
    }
  }
  for (const [name, { id, outcome }] of writers)
    if (outcome === 'acknowledged' && !there.has(name)) yield { kind: 'lost', detail: `${name} of ${id}` };
  for (const { id, outcome, steps = [] } of entries) {
    if (outcome !== 'acknowledged') continue;
    for (const step of steps) {
      if (!('read' in step)) continue;
      const { read, values } = step;
      const refused = values.find((value) => writers.get(nameOf(read, value))?.outcome === 'refused');
      if (refused !== undefined)
        yield { kind: 'aborted-read', detail: `${id} read ${nameOf(read, refused)}` };
      const whole = lists[read] ?? [];
      if (values.some((value, at) => whole[at] !== value))
        yield { kind: 'order', detail: `${id} read ${read} as [${values.join(' ')}]` };
    }
  }
}

function dependencies(
  entries: readonly HistoryEntry[],
  lists: Lists,
  writers: ReadonlyMap<string, HistoryEntry>,
  isolation: HistoryIsolation,
): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>(entries.map(({ id }) => [id, new Set()]));
  const link = (before: string | undefined, after: string | undefined): void => {
    if (before !== undefined && after !== undefined && before !== after) graph.get(before)?.add(after);
  };
  const writer = (list: string, value: number | undefined): string | undefined =>
    value === undefined ? undefined : writers.get(nameOf(list, value))?.id;
  for (const [list, values] of Object.entries(lists))
    for (const [at, value] of values.entries()) link(writer(list, values[at - 1]), writer(list, value));
  for (const { id, outcome, steps = [] } of entries) {
    if (outcome !== 'acknowledged') continue;
    for (const step of steps) {
      if (!('read' in step)) continue;
      link(writer(step.read, step.values.at(-1)), id);
      if (isolation === 'serializable') link(id, writer(step.read, lists[step.read]?.[step.values.length]));
    }
  }
  return graph;
}

/** Checks lists that were only appended to, whose order tells which unit came before which. */
export function checkLists(
  entries: readonly HistoryEntry[],
  lists: Lists,
  isolation: HistoryIsolation,
): HistoryAnomaly[] {
  const writers = writersOf(entries);
  const found = [...valueAnomalies(entries, lists, writers)];
  for (const members of findCycles(dependencies(entries, lists, writers, isolation)))
    found.push({ kind: 'cycle', detail: `${members.length} units: ${members.slice(0, 8).join(', ')}` });
  return found;
}
