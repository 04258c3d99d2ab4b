import type { Clock, Logger } from '@resilient/core';
import type { Session } from '../settle/settler.ts';
import { PRUNE_WITNESSES, witnessSql } from '../settle/witness.ts';

/** The lock under which tables are made at the start: `resilient` in ASCII, cut to 63 bits. */
export const SCHEMA_LOCK = '8243113893085146725';

/** Between two tries for that lock; who blocks for it would keep a snapshot. */
const LOCK_POLL_MS = 50;

const PRUNE_EVERY_MS = 3_600_000;

/** What a {@link WitnessTable} needs. */
export interface WitnessTableOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly open: () => Promise<Session>;
}

/** The table of witness rows: made at the start, pruned now and then. */
export class WitnessTable {
  readonly #options: WitnessTableOptions;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WitnessTableOptions) {
    this.#options = options;
  }

  /** Makes the table if it is missing. @throws the driver's error (rejects) if the role may not */
  async prepare(): Promise<void> {
    const session = await this.#options.open();
    try {
      while (!(await this.#prepare(session))) await this.#options.clock.sleep(LOCK_POLL_MS);
    } finally {
      session.end();
    }
  }

  async #prepare({ ask }: Session): Promise<boolean> {
    const [found] = await ask(`select to_regclass('resilient_witness')::text as name`, []);
    if (found?.name) return true;
    await ask('begin', []);
    const [lock] = await ask(`select pg_try_advisory_xact_lock(${SCHEMA_LOCK})::text as got`, []);
    if (lock?.got === 'true') await ask(witnessSql('postgres'), []);
    await ask('commit', []);
    return lock?.got === 'true';
  }

  /** Removes old rows, once an hour, beside whatever the caller does. Never rejects. */
  keep(): void {
    const { clock, logger } = this.#options;
    if (clock.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = clock.now();
    this.#prune().catch(() => logger.warn({}, 'old rows of resilient_witness could not be removed'));
  }

  async #prune(): Promise<void> {
    const session = await this.#options.open();
    try {
      await session.ask(PRUNE_WITNESSES, []);
    } finally {
      session.end();
    }
  }
}
