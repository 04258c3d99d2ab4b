import type { AlertStore, SharedAlert } from '@resilient/health';

/** A store of alerts in memory: what it keeps goes through JSON, as in a database. */
export interface MemoryAlertStore extends AlertStore {
  readonly rows: Map<string, string>;
  /** While `true` it rejects; `'hangs'` never answers. */
  fails: boolean | 'hangs';
}

/** Makes a store of alerts in memory. */
export function memoryAlertStore(): MemoryAlertStore {
  const store: MemoryAlertStore = {
    rows: new Map(),
    fails: false,
    async decide(dedupKey, decide) {
      if (store.fails === 'hangs') return new Promise(() => undefined);
      if (store.fails) throw new Error('no connection');
      const row = store.rows.get(dedupKey);
      const { shared, result } = decide(row === undefined ? undefined : (JSON.parse(row) as SharedAlert));
      store.rows.set(dedupKey, JSON.stringify(shared));
      return result;
    },
  };
  return store;
}
