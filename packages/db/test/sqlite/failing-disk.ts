import type { SqliteHandle } from '@resilient/db';

/** What a COMMIT does before it answers with an error of the disk. */
export type Failure = 'committed' | 'not committed';

/** Makes COMMITs end in an error of the disk, as often as told; nothing else is touched. */
export interface FailingDisk {
  /** To be given to `createDatabase`. */
  readonly onConnect: (handle: SqliteHandle) => void;
  /** The next COMMITs, one after the other. */
  readonly next: Failure[];
  /** Of the connections opened from now on, the statements that hold one of these words fail like the disk does. */
  readonly refused: Set<string>;
  /** How many connections were opened. */
  readonly opened: number;
}

const failed = (): Error => Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });

/**
 * A real file whose connections tell of an `fsync` that failed: SQLite has committed by then, or has not, and says neither.
 * No disk of a test machine can be made to do so, but for one that is full (see `full-disk.ts`).
 */
export function failingDisk(): FailingDisk {
  const next: Failure[] = [];
  const refused = new Set<string>();
  let opened = 0;
  return {
    next,
    refused,
    get opened() {
      return opened;
    },
    onConnect(handle) {
      opened += 1;
      const prepare = handle.prepare.bind(handle);
      handle.prepare = (sql) => {
        const statement = prepare(sql);
        if ([...refused].some((word) => sql.includes(word))) throw failed();
        if (sql !== 'commit') return statement;
        const { run } = statement;
        statement.run = (parameters) => {
          const failure = next.shift();
          if (failure === undefined) return run.call(statement, parameters);
          if (failure === 'committed') run.call(statement, parameters);
          throw failed();
        };
        return statement;
      };
    },
  };
}
