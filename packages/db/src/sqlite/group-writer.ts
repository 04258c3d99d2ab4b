import type { ConnectionHost } from './connection-host.ts';
import type { SqliteWitness } from './witness.ts';
import type { WriterQueue } from './writer-queue.ts';

/** What a group of units needs of the writer. */
export interface GroupWriter<Group> extends ConnectionHost {
  readonly queue: WriterQueue<Group>;
  /** Whether units may be committed together. */
  readonly groups: boolean;
  /** Settles COMMITs whose end nobody knows; none where the file cannot be opened a second time. */
  readonly witness: SqliteWitness | undefined;
  /** Whether the schema may have keys that are checked at COMMIT only. */
  readonly mayDefer: boolean;
}
