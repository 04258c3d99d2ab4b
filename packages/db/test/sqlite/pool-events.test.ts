import { onResilienceEvent, type PoolEvent } from '@resilient/core';
import { createDatabase, safeCommit } from '@resilient/db';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { recordingLogger } from './recording-logger.ts';
import { type Schema, temporaryDatabase } from './temporary-database.ts';

/** What is told on `resilient:pool` while the block lasts. */
function poolEvents(): { readonly seen: PoolEvent[] } & Disposable {
  const seen: PoolEvent[] = [];
  const stop = onResilienceEvent((event) => {
    if (event.kind === 'pool') seen.push(event);
  });
  seen.length = 0; // whoever comes is told the last state, of an earlier test
  return { seen, [Symbol.dispose]: stop };
}

const states = ({ seen }: { readonly seen: readonly PoolEvent[] }): string[] =>
  seen.map(({ state }) => state);

async function inMemory(clock: VirtualClock, options: object = {}) {
  return createDatabase<Schema>({ url: ':memory:', clock, ...options });
}

test('callers refused for want of the writer are told of once, and so is its end', async () => {
  using events = poolEvents();
  const clock = createVirtualClock();
  const db = await inMemory(clock, { leakMs: Number.POSITIVE_INFINITY });
  const holder = await db.kysely.startTransaction().execute();
  const units = Array.from({ length: 3 }, () => safeCommit(db.kysely, () => {}, { timeoutMs: 5_000, clock }));
  await clock.advance(5_000);
  for (const unit of await Promise.all(units))
    expect(unit).toMatchObject({ ok: false, error: { code: 'POOL_EXHAUSTED' } });
  expect(events.seen).toEqual([
    expect.objectContaining({ name: 'sqlite', package: 'db', state: 'exhausted', inUse: 1, limit: 1 }),
  ]);
  await holder.rollback().execute();
  await clock.advance(1_000);
  expect(states(events)).toEqual(['exhausted', 'ok']);
  await clock.advance(60_000);
  expect(states(events)).toEqual(['exhausted', 'ok']);
  await db.close();
});

test('a transaction that is never ended is named, with what it ran last, and told of until it ends', async () => {
  using events = poolEvents();
  const clock = createVirtualClock();
  const { logger, text } = recordingLogger();
  const db = await inMemory(clock, { leakMs: 30_000, logger });
  await sql`create table counter (id integer, value integer)`.execute(db.kysely);
  const forgotten = await db.kysely.startTransaction().execute();
  await forgotten.insertInto('counter').values({ id: 4_711, value: 1 }).execute();
  await clock.advance(29_000);
  expect(states(events)).toEqual([]);
  await clock.advance(2_000);
  expect(states(events)).toEqual(['leak']);
  expect(text()).toContain('was its transaction ever ended?');
  expect(text()).toContain('"holder":"transaction"');
  expect(text()).toContain('insert into');
  expect(text()).not.toContain('4711');
  await clock.advance(120_000);
  expect(states(events)).toEqual(['leak']);
  await forgotten.rollback().execute();
  await clock.advance(1_000);
  expect(states(events)).toEqual(['leak', 'ok']);
  await db.close();
});

test('short turns, one after the other for longer than leakMs, are no leak; a unit has its own name', async () => {
  using events = poolEvents();
  const clock = createVirtualClock();
  const { logger, text } = recordingLogger();
  const db = await inMemory(clock, { leakMs: 10_000, logger });
  for (let turn = 0; turn < 30; turn += 1) {
    const short = safeCommit(db.kysely, () => clock.sleep(1), { clock, logger });
    await clock.advance(1_000);
    expect(await short).toMatchObject({ ok: true });
  }
  expect(states(events)).toEqual([]);
  const unit = safeCommit(db.kysely, () => clock.sleep(20_000), { clock, name: 'long report', logger });
  await clock.advance(12_000);
  expect(states(events)).toEqual(['leak']);
  expect(text()).toContain('"holder":"long report"');
  await clock.advance(10_000);
  expect(await unit).toMatchObject({ ok: true });
  expect(states(events)).toEqual(['leak', 'ok']);
  await db.close();
});

test('the error of a caller who is refused lists who has the writer', async () => {
  const clock = createVirtualClock();
  const db = await inMemory(clock);
  const holder = await db.kysely.startTransaction().execute();
  const refused = safeCommit(db.kysely, () => {}, { timeoutMs: 2_000, clock });
  await clock.advance(2_000);
  const result = await refused;
  expect(!result.ok && result.error.cause).toMatchObject({
    code: 'POOL_EXHAUSTED',
    holders: [{ name: 'transaction', ageMs: 2_000 }],
  });
  await holder.rollback().execute();
  await db.close();
});

test('readers that could be lent none are told of as well', async () => {
  using events = poolEvents();
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const reading = await Promise.all(
    Array.from({ length: 3 }, () => db.kysely.startTransaction().setAccessMode('read only').execute()),
  );
  const refused = await safeCommit(db.kysely, () => {}, { readOnly: true, timeoutMs: 50 });
  expect(refused).toMatchObject({ ok: false, error: { code: 'POOL_EXHAUSTED' } });
  expect(states(events)).toEqual(['exhausted']);
  for (const one of reading) await one.rollback().execute();
  await expect.poll(() => states(events), { timeout: 5_000 }).toEqual(['exhausted', 'ok']);
});

test('a closed database looks no more: no timer is left', async () => {
  const clock = createVirtualClock();
  const db = await inMemory(clock);
  const forgotten = await db.kysely.startTransaction().execute();
  const closing = db.close({ timeoutMs: 1_000 });
  await clock.advance(1_000);
  await closing;
  expect(clock.pending).toBe(0);
  await expect(forgotten.rollback().execute()).resolves.toBeUndefined();
});
