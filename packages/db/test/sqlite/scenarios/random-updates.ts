import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SqliteHandle, type SqlitePreset, safeCommit } from '@resilient/db';
import { createRandom } from '@resilient/testing';
import { type LoopDelay, queuedMs, watchLoop } from '../event-loop-delay.ts';
import { temporaryDatabase } from '../temporary-database.ts';

const MIB = 1_024 * 1_024;
const ROWS = 40_000;
/** A frame of the log: a page with its header. */
const FRAME_BYTES = 4_096 + 24;
const TICK_MS = 10;

/** How the log is to be filled. */
export interface RandomUpdatesOptions {
  readonly mibPerSecond: number;
  readonly ms: number;
  readonly sqlitePreset: SqlitePreset;
  readonly seed: number;
}

/** What was seen. */
export interface RandomUpdates {
  readonly units: number;
  readonly failed: number;
  /** What the updates would have made of a log that is never begun anew. */
  readonly writtenMibPerSecond: number;
  readonly longestWalMib: number;
  readonly commits: number;
  /** Without the time that others had the core. */
  readonly longestCommitMs: number;
  readonly commitP99Ms: number;
  readonly loop: LoopDelay;
}

/** Updates of rows of 1 kB at random, several to a unit, as many as fill the log at the given rate. */
export async function randomUpdates(options: RandomUpdatesOptions): Promise<RandomUpdates> {
  const { mibPerSecond, ms, sqlitePreset, seed } = options;
  const commits: number[] = [];
  let measured = false;
  const onConnect = (handle: SqliteHandle): void => {
    const prepare = handle.prepare.bind(handle);
    handle.prepare = (sql) => {
      const statement = prepare(sql);
      if (sql !== 'commit') return statement;
      const { run } = statement;
      statement.run = (parameters) => {
        const [startedAt, queued] = [performance.now(), queuedMs()];
        const result = run.call(statement, parameters);
        if (measured) commits.push(performance.now() - startedAt - (queuedMs() - queued));
        return result;
      };
      return statement;
    };
  };
  await using temporary = await temporaryDatabase({ sqlitePreset, onConnect });
  const { db, file } = temporary;
  const random = createRandom(seed);
  const letters = (): string => String.fromCharCode(97 + Math.floor(random() * 26)).repeat(1_000);
  for (let id = 0; id < ROWS; id += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ id: id + n, worker: letters(), step: 0 }));
    await db.kysely.insertInto('log').values(rows).execute();
  }
  const perTick = (mibPerSecond * MIB * TICK_MS) / 1_000 / FRAME_BYTES;
  const walMib = (): number => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) / MIB;
  let [units, failed, updates, owed, longestWalMib] = [0, 0, 0, 0, 0];
  const unit = async (count: number): Promise<void> => {
    const saved = await safeCommit(db.kysely, async (trx) => {
      for (let n = 0; n < count; n += 1) {
        await trx
          .updateTable('log')
          .set({ worker: letters() })
          .where('id', '=', Math.floor(random() * ROWS))
          .execute();
      }
    });
    units += 1;
    updates += count;
    if (!saved.ok) failed += 1;
  };
  measured = true;
  const watch = watchLoop();
  const startedAt = performance.now();
  while (performance.now() - startedAt < ms) {
    const due = ((performance.now() - startedAt) / TICK_MS) * perTick - updates;
    owed = Math.min(Math.round(due), 4 * Math.round(perTick));
    const size = 8;
    await Promise.all(Array.from({ length: Math.ceil(Math.max(0, owed) / size) }, () => unit(size)));
    longestWalMib = Math.max(longestWalMib, walMib());
    await sleep(TICK_MS / 2);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const loop = watch.stop();
  commits.sort((a, b) => a - b);
  return {
    units,
    failed,
    writtenMibPerSecond: (updates * FRAME_BYTES) / MIB / seconds,
    longestWalMib,
    commits: commits.length,
    longestCommitMs: commits.at(-1) ?? 0,
    commitP99Ms: commits[Math.floor(commits.length * 0.99)] ?? 0,
    loop,
  };
}
