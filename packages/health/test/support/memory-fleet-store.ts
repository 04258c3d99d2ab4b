import type { Clock } from '@resilient/core';
import type { FleetStore, FleetWrite } from '@resilient/health';
import { type MemoryAlertStore, memoryAlertStore } from './memory-alert-store.ts';

/** A fleet store in memory: what it keeps goes through JSON, as in a database. */
export interface MemoryFleetStore extends FleetStore {
  readonly alerts: MemoryAlertStore;
  /** All writes that were done, in their order. */
  readonly writes: FleetWrite[];
  /** How many writes and readings were asked for. */
  asked: number;
  /** While `true` it rejects; `'hangs'` never answers; `'late'` does what it is told and never answers. */
  fails: boolean | 'hangs' | 'late';
  /** While `true` it leaves everything out. */
  crowded: boolean;
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Makes a fleet store in memory, with the defaults of the real one. */
export function memoryFleetStore(clock: Clock): MemoryFleetStore {
  const rows = new Map<string, { readonly text: string; readonly at: number; readonly seq: number }>();
  const alerts = memoryAlertStore();
  const store: MemoryFleetStore = {
    everyMs: 5_000,
    goneAfterMs: 30_000,
    alerts,
    writes: [],
    asked: 0,
    fails: false,
    crowded: false,
    async write(write) {
      store.asked += 1;
      if (store.fails === 'hangs') return never();
      if (store.fails === true) throw new Error('connect ECONNREFUSED 10.0.0.7:5432, user "secret"');
      if (store.crowded) return false;
      const key = `${write.service}\n${write.state.life}`;
      if ((rows.get(key)?.seq ?? 0) < write.seq) {
        rows.set(key, { text: JSON.stringify(write.state), at: clock.now(), seq: write.seq });
        store.writes.push(structuredClone({ ...write, state: { ...write.state } }));
      }
      return store.fails === 'late' ? never() : true;
    },
    async instances(service) {
      store.asked += 1;
      if (store.fails === 'hangs' || store.fails === 'late') return never();
      if (store.fails) throw new Error('connect ECONNREFUSED 10.0.0.7:5432, user "secret"');
      if (store.crowded) return undefined;
      return [...rows]
        .filter(([key]) => key.startsWith(`${service}\n`))
        .map(([, { text, at }]) => ({ state: JSON.parse(text), ageMs: clock.now() - at }));
    },
    hours: async () => [],
    decide: (...given) => alerts.decide(...given),
  };
  return store;
}
