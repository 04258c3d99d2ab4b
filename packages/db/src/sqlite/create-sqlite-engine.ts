import { type Clock, type Logger, TimeoutError, type Verdict, withoutDeadline } from '@resilient/core';
import { classifySqlite } from '../classify/sqlite.ts';
import type { Engine } from '../engine/engine.ts';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { OpenedEngine } from '../engine/opened.ts';
import { registerEngine } from '../engine/registry.ts';
import { witnessSql } from '../settle/witness.ts';
import { QueuedSqliteAdapter } from './adapter.ts';
import { checkWriter, statsOf } from './check-writer.ts';
import { Checkpoints } from './checkpoints.ts';
import { closeWriter } from './close-writer.ts';
import { QueuedSqliteDialect } from './dialect.ts';
import type { SqliteHandle } from './handle.ts';
import { LockWait } from './lock-wait.ts';
import { IN_MEMORY, openHandle } from './open-handle.ts';
import { checkpointPragmas, type SqlitePreset } from './presets.ts';
import { ReadConnections } from './read-connections.ts';
import { beginUnit } from './transaction.ts';
import { WalUpkeep } from './wal-upkeep.ts';
import { Writer } from './writer.ts';
import { WriterWatch } from './writer-watch.ts';

/** Options of {@link createSqliteEngine}, checked by `createDatabase`. */
export interface SqliteEngineOptions {
  /** Absolute path, or `:memory:`. */
  readonly file: string;
  readonly preset: SqlitePreset;
  readonly busyTimeoutMs: number;
  /** Whether units that wait are committed together. */
  readonly groupCommit: boolean;
  /** A writer that is not given back for longer is reported; `Infinity` for never. */
  readonly leakMs: number;
  /** Whether units write a witness unless told otherwise, for which the table is made. */
  readonly witness: boolean;
  /** How integers of 64 bits are given out. */
  readonly int8: IntegerForm;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onConnect?: ((handle: SqliteHandle) => unknown) | undefined;
}

/** Opens a SQLite database; rejects with one clear sentence if it cannot be. */
export function createSqliteEngine(options: SqliteEngineOptions): Promise<OpenedEngine> {
  // What is opened here outlives the call, and its scope.
  return withoutDeadline(() => open(options));
}

async function open(options: SqliteEngineOptions): Promise<OpenedEngine> {
  const { file, clock, logger } = options;
  const lock = new LockWait(clock, options.busyTimeoutMs);
  const openFile = async (): Promise<SqliteHandle> => {
    const handle = await withoutDeadline(() => openHandle({ ...options, lock }));
    if (WalUpkeep.supports(handle)) handle.pragma('wal_autocheckpoint = 0');
    return handle;
  };
  const parts = {
    clock,
    logger,
    lock,
    open: openFile,
    int8: options.int8,
    reopens: file !== IN_MEMORY,
    groups: options.groupCommit,
  };
  const writer = new Writer(parts, await openFile());
  if (options.witness) await makeWitnessTable(writer);
  const watch = new WriterWatch({ writer, leakMs: options.leakMs, stats: () => statsOf(writer, readers) });
  writer.watch = watch;
  writer.queue.watch = watch;
  const readers = await openReaders(writer, options);
  const upkeep = readers && startUpkeep(writer, options);
  let closing: Promise<void> | undefined;
  const close = (timeoutMs: number): Promise<void> => {
    closing ??= withoutDeadline(() => closeWriter(writer, { readers, upkeep, watch }, timeoutMs));
    return closing;
  };
  const adapter = new QueuedSqliteAdapter();
  const dialect = new QueuedSqliteDialect(
    { writer, readers, engine: () => engine, close: () => close(DESTROY_MS) },
    adapter,
  );
  const engine: Engine = {
    kind: 'sqlite',
    clock,
    dialect,
    witness: options.witness,
    verdictOf: (error) =>
      error instanceof TimeoutError ? LOCK_HELD : classifySqlite(error, clock.epochNow()),
    begin: (request) => beginUnit(writer, readers, request),
  };
  registerEngine(adapter, engine);
  return {
    engine,
    dialect,
    check: ({ timeoutMs }) => checkWriter(writer, readers, { file, timeoutMs }),
    stats: () => statsOf(writer, readers),
    close: ({ timeoutMs }) => close(timeoutMs),
  };
}

async function makeWitnessTable({ handle, lock, clock }: Writer): Promise<void> {
  try {
    await lock.run(() => handle.exec(witnessSql('sqlite')), { arrivedAt: clock.now() });
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Connections for reading need a WAL: with a rollback journal they would be in the way of every COMMIT. */
async function openReaders(
  writer: Writer,
  options: SqliteEngineOptions,
): Promise<ReadConnections | undefined> {
  const { clock, logger, busyTimeoutMs } = options;
  if (writer.handle.pragma('journal_mode', { simple: true }) !== 'wal') return undefined;
  const lock = new LockWait(clock, busyTimeoutMs);
  const open = (): Promise<SqliteHandle> =>
    withoutDeadline(() => openHandle({ ...options, lock, readOnly: true }));
  try {
    const watch = { refused: () => writer.watch?.refused() };
    return await ReadConnections.open({
      clock,
      logger,
      lock,
      pacer: writer.pacer,
      open,
      watch,
      int8: options.int8,
    });
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** Checkpoints on another thread, where there is a WAL. */
function startUpkeep(writer: Writer, { file, preset }: SqliteEngineOptions): WalUpkeep | undefined {
  if (!WalUpkeep.supports(writer.handle)) return undefined;
  const upkeep = new WalUpkeep(writer, new Checkpoints({ file, pragmas: checkpointPragmas(preset) }));
  writer.onFree = () => upkeep.note();
  return upkeep;
}

/** What `kysely.destroy()`, which takes no limit, allows running units. */
const DESTROY_MS = 10_000;

/** The lock was waited for as long as was asked for: to wait once more is the caller's decision. */
const LOCK_HELD: Verdict = { transient: false, kind: 'timeout', outcome: 'not-sent' };
