import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@resilient/db';
import {
  createHistoryChecker,
  createRandom,
  type HistoryOutcome,
  type HistoryReport,
  type NodeProcess,
  spawnNode,
} from '@resilient/testing';
import Library from 'better-sqlite3';
import { sql } from 'kysely';
import { temporaryFile } from '../temporary-database.ts';

const CHILD = join(import.meta.dirname, '..', 'children', 'bank.ts');
const ACCOUNTS = 10;
const EACH = 1_000;

/** The bank's tables. */
export interface BankSchema {
  account: { id: number; balance: number };
  /** Without a key: what is applied twice is there twice. */
  transfer: { id: string; amount: number };
}

/** How the bank is run. */
export interface BankOptions {
  readonly processes: number;
  readonly ms: number;
  readonly seed: number;
}

/** What the bank has shown. */
export interface BankFindings {
  readonly report: HistoryReport;
  readonly kills: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly integrity: unknown;
  readonly solvent: boolean;
  readonly stderr: string;
}

type Told =
  | { readonly begun: string }
  | {
      readonly ended: string;
      readonly outcome: HistoryOutcome;
      readonly code: string;
      readonly attempts: number;
    };

/** One process: what it has begun, and how that ended as far as it told. */
interface Teller {
  readonly child: NodeProcess;
  readonly outcomes: Map<string, HistoryOutcome>;
  /** Resolves when all it told has been heard. */
  readonly heard: Promise<void>;
}

const count = (counts: Record<string, number>, what: string | number): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

/** Transfers in several processes on one file, one of them killed with SIGKILL now and then and replaced. */
export async function bank({ processes, ms, seed }: BankOptions): Promise<BankFindings> {
  await using folder = await temporaryFile();
  const db = await createDatabase<BankSchema>({ url: folder.url });
  await sql`create table account (id integer primary key, balance integer not null check (balance >= 0))`.execute(
    db.kysely,
  );
  await sql`create table transfer (id text not null, amount integer not null)`.execute(db.kysely);
  for (let id = 1; id <= ACCOUNTS; id += 1)
    await db.kysely.insertInto('account').values({ id, balance: EACH }).execute();
  await db.close();

  const random = createRandom(seed);
  const codes: Record<string, number> = {};
  const attempts: Record<string, number> = {};
  const tellers: Teller[] = [];
  let hired = 0;
  const listen = async ({ child, outcomes }: Omit<Teller, 'heard'>): Promise<void> => {
    for (;;) {
      const told = await child.next<Told>(120_000).catch(() => undefined);
      if (!told) return;
      if ('begun' in told) {
        outcomes.set(told.begun, 'unknown');
        continue;
      }
      outcomes.set(told.ended, told.outcome);
      count(codes, told.code);
      count(attempts, told.attempts);
    }
  };
  const hire = async (): Promise<Teller> => {
    const number = hired;
    hired += 1;
    const child = await spawnNode(CHILD, {
      args: [folder.url, String(number), String(seed + number)],
    });
    await child.next(30_000);
    const outcomes = new Map<string, HistoryOutcome>();
    const teller = { child, outcomes, heard: listen({ child, outcomes }) };
    tellers.push(teller);
    return teller;
  };

  const working = await Promise.all(Array.from({ length: processes }, hire));
  const end = performance.now() + ms;
  let kills = 0;
  while (performance.now() < end || kills < 2) {
    await sleep(100 + random() * 500);
    const at = Math.floor(random() * processes);
    await working[at]?.child.kill('SIGKILL');
    kills += 1;
    working[at] = await hire();
  }
  await sleep(200);
  for (const { child } of working) child.send('enough');
  await Promise.all(tellers.map(({ child, heard }) => Promise.all([child.exited, heard])));

  const history = createHistoryChecker({ total: ACCOUNTS * EACH });
  for (const { outcomes } of tellers) for (const [id, outcome] of outcomes) history.record({ id, outcome });
  const handle = new Library(folder.file, { readonly: true, timeout: 5_000 });
  const balances = handle.prepare('select balance from account').pluck().all() as number[];
  const present = handle.prepare('select id from transfer').pluck().all() as string[];
  const integrity = handle.pragma('integrity_check', { simple: true });
  handle.close();
  const report = history.check({ present, balances });
  const solvent = balances.every((balance) => balance >= 0);
  const stderr = tellers.map(({ child }) => child.stderr).join('');
  return { report, kills, codes, attempts, integrity, solvent, stderr };
}
