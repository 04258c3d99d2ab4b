/** One way of writing to SQLite, in a process of its own; told by its arguments which, it does what it is sent. */
import { safeCommit } from '@resilient/db';
import type { Kysely } from 'kysely';
import { ourDatabase, plainHandle, type Schema, type Synchronous, stockKysely } from './sqlite-files.ts';

/** What the process is asked: so many units, or units for so long. */
export type Order = { readonly units: number } | { readonly forMs: number };

/** Nanoseconds for a unit, and the longest time, in milliseconds, for which the event loop stood still. */
export interface Answer {
  readonly nsPerUnit: number;
  readonly stallMs: number;
}

const BATCH = 64;
const TEXT = 'x'.repeat(60);
const [, , file = '', way = 'ours', synchronous = 'full', callers = '1', statement = 'insert'] = process.argv;

type Handle = Pick<Kysely<Schema>, 'insertInto' | 'updateTable'>;

let value = 0;
function write(handle: Handle, worker: number): Promise<unknown> {
  if (statement === 'insert')
    return handle.insertInto('entry').values({ id: null, worker, text: TEXT }).execute();
  value += 1;
  return handle.updateTable('counter').set({ value }).where('id', '=', 1).execute();
}

/** Each caller begins its next unit when its last one is committed. */
function concurrently(
  unit: (worker: number) => Promise<unknown>,
): (goesOn: () => boolean) => Promise<unknown> {
  return (goesOn) => {
    const caller = async (_: unknown, worker: number): Promise<void> => {
      while (goesOn()) await unit(worker);
    };
    return Promise.all(Array.from({ length: Number(callers) }, caller));
  };
}

async function open(): Promise<(goesOn: () => boolean) => Promise<unknown>> {
  const waits = synchronous as Synchronous;
  if (way === 'ours') {
    const { kysely } = await ourDatabase(file, waits);
    return concurrently(async (worker) => {
      const saved = await safeCommit(kysely, (trx) => write(trx, worker));
      if (!saved.ok) throw saved.error;
    });
  }
  if (way === 'stock') {
    const kysely = await stockKysely(file, waits);
    return concurrently((worker) => kysely.transaction().execute((trx) => write(trx, worker)));
  }
  const handle = plainHandle(file, waits);
  handle.exec('create table entry (id integer primary key, worker integer, text text)');
  const insert = handle.prepare('insert into entry (worker, text) values (?, ?)');
  const batch = handle.transaction((goesOn: () => boolean) => {
    for (let row = 0; row < BATCH && goesOn(); row += 1) insert.run(row, TEXT);
  });
  return async (goesOn) => {
    for (let left = true; left; ) {
      batch(() => {
        left = goesOn();
        return left;
      });
    }
  };
}

const run = await open();

/** Of the longest time between two beats of a timer of 1 ms. */
function watchLoop(): () => number {
  let longest = 0;
  let last = performance.now();
  const beat = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(beat, 1);
  return () => {
    beat();
    clearInterval(timer);
    return longest;
  };
}

async function work(order: Order): Promise<Answer> {
  let done = 0;
  const end = 'forMs' in order ? performance.now() + order.forMs : Number.POSITIVE_INFINITY;
  const most = 'units' in order ? order.units : Number.POSITIVE_INFINITY;
  const goesOn = (): boolean => {
    if (done >= most || (end !== Number.POSITIVE_INFINITY && performance.now() >= end)) return false;
    done += 1;
    return true;
  };
  const stalled = 'forMs' in order ? watchLoop() : () => 0;
  const startedAt = process.hrtime.bigint();
  await run(goesOn);
  const nsPerUnit = Number(process.hrtime.bigint() - startedAt) / Math.max(1, done);
  return { nsPerUnit, stallMs: stalled() };
}

process.on('message', async (order: Order) => {
  const answer = await work(order);
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
