import { createRandom, createVirtualClock } from '@resilient/testing';
import { restoreAuthority } from '../../restore/restore-authority.ts';
import { rowOf } from '../../save/row-of.ts';
import { rulesOf } from '../../shape/compiled-shape.ts';
import { healLoaded } from '../heal-loaded.ts';
import { type Asked, corpusShape, ID } from './corpus-shape.fixture.ts';
import { goodSession, type Row, uuid } from './good-session.fixture.ts';
import { brokenPromises } from './judge.fixture.ts';
import { type MutationKind, mutateSome } from './mutate.fixture.ts';
import type { Plan } from './run-mutations.fixture.ts';

/** What a run with seals has seen. */
export interface SealedFound {
  mutations: number;
  objects: number;
  /** Mutations that without a seal would have passed for another user or another right. */
  refused: number;
  refusedByKind: Partial<Record<MutationKind, number>>;
  broken: string[];
}

const SEAL = { secrets: ['a secret of the tests, more than 32 bytes long'] };

/** Mutates sealed sessions and judges them against what they were before. */
export async function runSealed({ sessions, mutations, seed }: Plan): Promise<SealedFound> {
  const random = createRandom(seed);
  const found: SealedFound = { mutations: 0, objects: 0, refused: 0, refusedByKind: {}, broken: [] };
  const asked: Asked[] = [];
  for (let index = 0; index < sessions; index += 1) {
    const [shape, unsealed] = [corpusShape(asked, SEAL), corpusShape(asked)];
    const clock = createVirtualClock();
    const session = goodSession(random);
    healLoaded(session, unsealed, { id: ID, clock });
    const original = JSON.parse(JSON.stringify(rowOf(session, rulesOf(shape), ID))) as Row;
    const good = JSON.stringify(original);
    for (let times = 0; times < mutations; times += 1) {
      const { text, kind } = mutateSome(good, random);
      found.mutations += 1;
      let row: unknown;
      try {
        row = JSON.parse(text);
      } catch {
        continue;
      }
      if (typeof row !== 'object' || row === null || Array.isArray(row)) continue;
      found.objects += 1;
      asked.length = 0;
      const [target, without] = [structuredClone(row) as Row, structuredClone(row) as Row];
      const { needsRestore } = healLoaded(target, shape, { id: ID, clock });
      if (needsRestore) await restoreAuthority(target, shape, { clock });
      for (const one of brokenPromises(original, target, asked)) found.broken.push(`${one}: ${text}`);
      healLoaded(without, unsealed, { clock });
      if (brokenPromises(original, without).length > 0) {
        found.refused += 1;
        found.refusedByKind[kind] = (found.refusedByKind[kind] ?? 0) + 1;
      }
      if (found.broken.length > 20) return found;
    }
  }
  return found;
}

/** Flips each bit of some stored sessions in turn and counts what a schema, and what a seal, lets through. */
export function flipEachBit(sessions: number): { flips: number; otherUser: number; passedSeal: number } {
  const [plain, sealed] = [corpusShape(), corpusShape([], SEAL)];
  const random = createRandom(7);
  const tenant = { id: 1 };
  const counts = { flips: 0, otherUser: 0, passedSeal: 0 };
  for (let index = 0; index < sessions; index += 1) {
    const row = { userId: uuid(random), role: 'student', xp: 5 };
    const { _s } = rowOf({ ...row, tenant, _v: 3 }, rulesOf(sealed), ID) as Row;
    const bytes = Buffer.from(JSON.stringify(row));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      counts.flips += 1;
      try {
        const read = JSON.parse(flipped.toString()) as Row;
        const [one, other]: [Row, Row] = [
          { ...read, tenant, _v: 3 },
          { ...read, tenant, _v: 3, _s },
        ];
        healLoaded(one, plain, { id: `${index}-${bit}` });
        healLoaded(other, sealed, { id: ID });
        if (one.userId !== undefined && one.userId !== row.userId) counts.otherUser += 1;
        if (other.userId !== undefined && other.userId !== row.userId) counts.passedSeal += 1;
      } catch {
        // no JSON any more: everybody sees that
      }
    }
  }
  return counts;
}
