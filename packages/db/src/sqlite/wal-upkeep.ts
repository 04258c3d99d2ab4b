import type { Clock, Logger, TimerHandle } from '@resilient/core';
import type { CheckpointAnswer, Checkpoints } from './checkpoints.ts';
import type { SqliteHandle } from './handle.ts';

/** So many pages are moved into the file at a time, while writers go on. */
const PASSIVE_PAGES = 1_000;
/** From here on the writer pauses until the log can begin anew: else one that never pauses outruns all checkpoints. */
const RESTART_BYTES = 64 * 1_024 * 1_024;
/** A reader may be in the way of a restart for long: no more of the writers' time than this, and not too often. */
const RESTART_BUSY_MS = 1_000;
const RESTART_PAUSE_MS = 2_000;
const TURN_MS = 30_000;
/** Nobody has written for so long: the log is cut to nothing. */
const IDLE_MS = 5_000;
/** How often the log is looked at. */
const LOOK_COMMITS = 16;
const LOOK_MS = 20;

/** What {@link WalUpkeep} works on. */
export interface UpkeepWriter {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly handle: SqliteHandle;
  /** Takes the writer, so that nobody writes meanwhile. */
  enter(request: { readonly deadline: number; readonly urgent: boolean }): Promise<unknown>;
  giveBack(): void;
}

/** Keeps the write-ahead log short, by checkpoints on another thread. */
export class WalUpkeep {
  readonly #writer: UpkeepWriter;
  readonly #checkpoints: Checkpoints;
  readonly #pageBytes: number;
  #commits = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #writtenAt = 0;
  /** Whether writers wait, or will, for a checkpoint. */
  #pausing = false;
  #restartAfter = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #idle: TimerHandle | undefined;
  #closed = false;

  constructor(writer: UpkeepWriter, checkpoints: Checkpoints) {
    this.#writer = writer;
    this.#checkpoints = checkpoints;
    this.#pageBytes = Number(writer.handle.pragma('page_size', { simple: true }));
  }

  /** Whether this SQLite can tell how long its log is without moving it: from 3.51 on. */
  static supports(handle: SqliteHandle): boolean {
    const [row] = handle.prepare('select sqlite_version() as version').all([]) as { version: string }[];
    const [major = 0, minor = 0] = (row?.version ?? '').split('.').map(Number);
    return major > 3 || (major === 3 && minor >= 51);
  }

  /** To be called when the writer has been used and is free: looks at the log now and then, and starts what is due. */
  note(): void {
    if (this.#closed || this.#pausing) return;
    this.#commits += 1;
    const now = this.#writer.clock.now();
    this.#writtenAt = now;
    if (this.#commits < LOOK_COMMITS && now - this.#lookedAt < LOOK_MS) return;
    this.#commits = 0;
    this.#lookedAt = now;
    const log = this.#look();
    if (!log) return;
    if (log.pages * this.#pageBytes >= RESTART_BYTES && now >= this.#restartAfter) {
      const before = this.#running;
      this.#start(() => this.#restart(before));
    } else if (!this.#running && log.pages - log.moved >= PASSIVE_PAGES) {
      this.#start(() => this.#passive());
    }
  }

  /** Stops, when the checkpoint that is running has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#writer.clock.clearTimer(this.#idle);
    await this.#running;
    await this.#checkpoints.close();
  }

  /** How many pages the log has, and how many of them are in the file already. */
  #look(): { readonly pages: number; readonly moved: number } | undefined {
    const { handle } = this.#writer;
    if (!handle.open || handle.inTransaction) return undefined;
    try {
      const [row] = handle.pragma('wal_checkpoint(noop)') as { log: number; checkpointed: number }[];
      return { pages: row?.log ?? 0, moved: row?.checkpointed ?? 0 };
    } catch {
      return undefined; // a lock is in the way: the next time will do
    }
  }

  #start(checkpoint: () => Promise<unknown>): void {
    const running = checkpoint().then(() => {
      if (this.#running !== running) return; // one that waits for this one
      this.#running = undefined;
      this.#waitForIdle();
    });
    this.#running = running;
  }

  /**
   * While writers go on, and the few pages that they have added meanwhile with nobody writing: the next one then writes
   * over the log instead of making it longer, which costs a COMMIT with `FULL` half as much, since the file keeps its size.
   */
  async #passive(): Promise<void> {
    const { moved } = await this.#run('passive', 0);
    // a restart that has been decided meanwhile waits for this one, and has the writer
    if (moved && !this.#closed && !this.#pausing) await this.#alone(() => this.#run('passive', 0));
  }

  /** With nobody writing; a checkpoint that is under way is waited for. */
  async #restart(before: Promise<void> | undefined): Promise<void> {
    const entered = await this.#alone(async () => {
      await before;
      const { done } = await this.#run('restart', RESTART_BUSY_MS);
      if (!done) this.#restartAfter = this.#writer.clock.now() + RESTART_PAUSE_MS;
    });
    if (!entered) await before;
  }

  /** Takes the writer for one checkpoint; answers `false` if it was not to be had, since the database is being closed. */
  async #alone(checkpoint: () => Promise<unknown>): Promise<boolean> {
    const { clock } = this.#writer;
    this.#pausing = true;
    try {
      await this.#writer.enter({ deadline: clock.now() + TURN_MS, urgent: true });
    } catch {
      this.#pausing = false;
      return false;
    }
    try {
      await checkpoint();
      return true;
    } finally {
      this.#pausing = false;
      this.#writer.giveBack();
    }
  }

  async #run(mode: 'passive' | 'restart' | 'truncate', busyMs: number): Promise<CheckpointAnswer> {
    const answer = await this.#checkpoints.run({ mode, busyMs });
    const { code } = answer;
    if (code === undefined || code.startsWith('SQLITE_BUSY')) return answer;
    this.#closed = true;
    const { handle, logger } = this.#writer;
    if (handle.open) handle.pragma(`wal_autocheckpoint = ${PASSIVE_PAGES}`);
    logger.warn({ code }, 'the thread for checkpoints of SQLite cannot run: COMMITs do them, now and then');
    return answer;
  }

  #waitForIdle(): void {
    if (this.#closed || this.#idle !== undefined) return;
    const { clock } = this.#writer;
    const look = (): void => {
      this.#idle = undefined;
      if (this.#closed) return;
      if (this.#running || clock.now() - this.#writtenAt < IDLE_MS) this.#waitForIdle();
      else this.#running = this.#truncate();
    };
    this.#idle = clock.setTimer(look, IDLE_MS, { background: true });
  }

  async #truncate(): Promise<void> {
    await this.#run('truncate', 0);
    this.#running = undefined;
  }
}
