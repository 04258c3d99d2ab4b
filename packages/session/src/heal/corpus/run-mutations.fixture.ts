import type { Logger } from '@resilient/core';
import { createRandom, createVirtualClock } from '@resilient/testing';
import { restoreAuthority } from '../../restore/restore-authority.ts';
import { readyToSave } from '../../save/ready-to-save.ts';
import { rowOf } from '../../save/row-of.ts';
import { rulesOf } from '../../shape/compiled-shape.ts';
import { canonicalText } from '../../text/canonical-text.ts';
import { healLoaded } from '../heal-loaded.ts';
import { type Asked, type CorpusShape, corpusShape, ID, IDENTITY } from './corpus-shape.fixture.ts';
import { goodSession, type Row } from './good-session.fixture.ts';
import { brokenPromises } from './judge.fixture.ts';
import { mutateSome } from './mutate.fixture.ts';

/** How many sessions, how many mutations of each, and where chance begins. */
export interface Plan {
  readonly sessions: number;
  readonly mutations: number;
  readonly seed: number;
}

/** What a run has seen. */
export interface Found {
  mutations: number;
  /** Mutated texts that are no JSON any more. */
  notJson: number;
  notObjects: number;
  loggedIn: number;
  restored: number;
  byKind: Record<string, number>;
  broken: string[];
}

const KNOWN = new Set([
  'userId',
  'uid',
  'tenant',
  'role',
  'plan',
  'rights',
  'xp',
  'points',
  'theme',
  'cart',
  'note',
  '_v',
  '_s',
]);
const DANGEROUS = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']);
const quiet = (): void => {};
const logger: Logger = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  fatal: quiet,
  child: () => logger,
};

function references(value: unknown, into: Set<object> = new Set()): Set<object> {
  if (typeof value !== 'object' || value === null || into.has(value)) return into;
  into.add(value);
  for (const item of Object.values(value)) references(item, into);
  return into;
}

/** All that a handler can see of a session, and what is stored of it. */
function seen(session: object): string | undefined {
  const names = Object.getOwnPropertyNames(session).sort();
  return canonicalText([names.map((name) => [name, Reflect.get(session, name)]), session]);
}

/** `shape.heal`: nothing invented, nothing shared, nothing left to heal. */
function judgeHeal(row: unknown, shape: CorpusShape): string[] {
  const { data } = shape.heal(row);
  const broken = brokenPromises(row, data);
  const again = shape.heal(data);
  // What is only shown is not stored, and so is healed again.
  const isAllStored = Object.getOwnPropertyNames(data).length === Object.keys(data).length;
  if (isAllStored && again.repairs.length > 0) broken.push('heal: the second healing found something');
  if (seen(again.data) !== seen(data)) broken.push('heal: the second healing changed something');
  const [one, other, given] = [references(data), references(shape.heal(row).data), references(row)];
  for (const object of one) {
    if (other.has(object)) broken.push('heal: two healed sessions share a reference');
    if (given.has(object)) broken.push('heal: a healed session shares a reference with its row');
  }
  return broken;
}

/** In place, as an adapter does it: heal, restore, save, load. */
async function judgeLoaded(row: Row, shape: CorpusShape, asked: Asked[], found: Found): Promise<string[]> {
  const clock = createVirtualClock();
  const session = structuredClone(row);
  for (const name of ['__proto__', 'constructor']) {
    if (Object.hasOwn(row, name))
      Object.defineProperty(session, name, {
        value: row[name],
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  asked.length = 0;
  const { needsRestore } = healLoaded(session, shape, { id: ID, clock });
  const broken = brokenPromises(row, session);
  if (needsRestore) await restoreAuthority(session, shape, { clock, logger });
  broken.push(...brokenPromises(row, session, asked));
  found.restored += asked.length;
  if (IDENTITY.every((name) => session[name] !== undefined)) found.loggedIn += 1;
  if (healLoaded(session, shape, { id: ID, clock }).repairs.length > 0)
    broken.push('healing twice changed something');
  readyToSave(session);
  const stored = JSON.parse(JSON.stringify(rowOf(session, rulesOf(shape), ID))) as Row;
  for (const name of Object.keys(row)) {
    if (KNOWN.has(name) || DANGEROUS.has(name)) continue;
    const isSame = JSON.stringify(stored[name]) === JSON.stringify(row[name]);
    if (!isSame) broken.push(`the unknown key ${name} was touched`);
  }
  const next = structuredClone(stored);
  healLoaded(next, shape, { id: ID, clock });
  broken.push(...brokenPromises(stored, next).map((one) => `next request: ${one}`));
  return broken;
}

/** Mutates good sessions and answers what was seen; `broken` must stay empty. */
export async function runMutations({ sessions, mutations, seed }: Plan): Promise<Found> {
  const random = createRandom(seed);
  const prototype = Object.getOwnPropertyNames(Object.prototype).join();
  const found: Found = {
    mutations: 0,
    notJson: 0,
    notObjects: 0,
    loggedIn: 0,
    restored: 0,
    byKind: {},
    broken: [],
  };
  const asked: Asked[] = [];
  for (let index = 0; index < sessions; index += 1) {
    const good = JSON.stringify(goodSession(random));
    const shape = corpusShape(asked); // a new one: repairs of one id must not add up over a thousand mutations
    for (let times = 0; times < mutations; times += 1) {
      const { text, kind } = mutateSome(good, random);
      found.mutations += 1;
      found.byKind[kind] = (found.byKind[kind] ?? 0) + 1;
      const broken: string[] = [];
      let row: unknown = text;
      try {
        row = JSON.parse(text);
      } catch {
        found.notJson += 1;
      }
      broken.push(...judgeHeal(row, shape));
      if (typeof row === 'object' && row !== null && !Array.isArray(row)) {
        broken.push(...(await judgeLoaded(row as Row, shape, asked, found)));
      } else found.notObjects += 1;
      if (Object.getOwnPropertyNames(Object.prototype).join() !== prototype)
        broken.push('Object.prototype was changed');
      for (const one of broken) found.broken.push(`${one}: ${text.slice(0, 1_000)}`);
      if (found.broken.length > 20) return found;
    }
  }
  return found;
}
