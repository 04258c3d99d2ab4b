import { fileURLToPath } from 'node:url';
import { createSessionStore } from '@resilient/session/kysely';
import { type NodeProcess, spawnNode } from '@resilient/testing';
import { describe, expect, inject, test } from 'vitest';
import { get, newPlace, openPlace, save } from './table-fixture.ts';

const WRITER = fileURLToPath(new URL('./children/writer.ts', import.meta.url));

interface Outcome {
  readonly session: Record<string, number>;
  readonly conflicts: number;
  readonly rev: number;
}

/** Two processes raise the counters of one session, 500 times each. */
async function race(kind: 'sqlite' | 'postgres', mode: 'refuse' | 'blind', times: number): Promise<Outcome> {
  await using where = await newPlace(kind, inject('postgresUrl'));
  const db = openPlace(where.place);
  const store = createSessionStore(db);
  await save(store, 'shared', { total: 0, a: 0, b: 0 });
  const start = (name: string): Promise<NodeProcess> =>
    spawnNode(WRITER, { args: [JSON.stringify(where.place), name, String(times), mode] });
  await using first = await start('a');
  await using second = await start('b');
  await Promise.all([first.next(), second.next()]);
  first.send('go');
  second.send('go');
  const ends = await Promise.all([
    first.next<{ conflicts: number }>(60_000),
    second.next<{ conflicts: number }>(60_000),
  ]);
  const session = (await get<Record<string, number>>(store, 'shared')) ?? {};
  const { rev } = await db.selectFrom('session').select('rev').executeTakeFirstOrThrow();
  await db.destroy();
  return { session, conflicts: ends[0].conflicts + ends[1].conflicts, rev };
}

describe.each(['sqlite', 'postgres'] as const)('two processes on one session, on %s', (kind) => {
  test('1,000 interleaved writes: each is kept, or its writer is told', async () => {
    const { session, conflicts, rev } = await race(kind, 'refuse', 500);
    process.stdout.write(`${kind}: 1,000 writes kept, ${conflicts} conflicts told\n`);
    expect(session).toEqual({ total: 1_000, a: 500, b: 500 });
    expect(conflicts).toBeGreaterThan(0);
    expect(rev).toBe(1_001); // one for each write that was told to be kept, and the first
  }, 90_000);

  test('control: writers of which it is not known what they read lose updates without a word', async () => {
    const { session, conflicts } = await race(kind, 'blind', 200);
    process.stdout.write(`${kind}: control, ${400 - (session.total ?? 0)} of 400 lost\n`);
    expect(conflicts).toBe(0);
    expect(session.total).toBeLessThan(400);
  }, 90_000);
});
